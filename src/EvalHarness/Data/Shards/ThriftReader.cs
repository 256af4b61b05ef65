namespace EvalHarness.Data.Shards;

/// <summary>
/// Reads a struct of Thrift's compact protocol, in which Parquet writes its footer and its page headers. No count, length or depth that the
/// bytes claim is believed before it is compared with the bytes that are left, so that a damaged file takes neither memory nor time.
/// </summary>
/// <remarks>Source: Apache Thrift, thrift-compact-protocol.md.</remarks>
internal ref struct ThriftReader(ReadOnlySpan<byte> bytes, string subject)
{
    /// <summary>Structs and lists inside one another. Parquet's own go less than ten deep.</summary>
    private const int Deepest = 24;

    private const int True = 1, False = 2, Byte = 3, Short = 4, Int = 5, Long = 6, Double = 7, Binary = 8, List = 9, Set = 10, Struct = 12;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly string _subject = subject;

    /// <summary>The number of bytes read.</summary>
    internal int Position { get; private set; }

    /// <exception cref="InvalidDataException">The bytes are no struct of this protocol.</exception>
    internal ThriftStruct Read(int depth = 0)
    {
        var fields = new Dictionary<int, object>();
        long field = 0;
        while (Next() is var head and not 0)
        {
            field = head >> 4 is > 0 and var step ? field + step : ZigZag(short.MaxValue);
            if (field is <= 0 or > short.MaxValue)
                throw Damaged($"has a field with the number {field}");
            int type = head & 15;
            // The value of a field that is a boolean is its type.
            fields[(int)field] = type is True or False ? type == True : Value(type, depth);
        }

        return new ThriftStruct(fields, _subject);
    }

    private object Value(int type, int depth)
    {
        if (depth > Deepest)
            throw Damaged($"nests values more than {Deepest} deep");
        switch (type)
        {
            case True or False:
                return Next() == True;
            case Byte:
                return (long)(sbyte)Next();
            case Short:
                return ZigZag(short.MaxValue);
            case Int:
                return ZigZag(int.MaxValue);
            case Long:
                return ZigZag(long.MaxValue);
            case Double:
                return BitConverter.ToDouble(Take(sizeof(double)));
            case Binary:
                return Take(Count(Varint())).ToArray();
            case List or Set:
                byte head = Next();
                int count = head >> 4 < 15 ? head >> 4 : Count(Varint());
                var list = new List<object>();
                for (int i = 0; i < count; i++)
                    list.Add(Value(head & 15, depth + 1));
                return list;
            case Struct:
                return Read(depth + 1);
            default:
                throw Damaged($"has a value of the unknown type {type}");
        }
    }

    private byte Next() => Take(1)[0];

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - Position)
            throw Damaged("ends in the middle of a value");
        Position += count;
        return _bytes.Slice(Position - count, count);
    }

    /// <summary>A count of bytes, or of elements that each take at least one byte.</summary>
    private readonly int Count(ulong claimed) => claimed <= (ulong)(_bytes.Length - Position)
        ? (int)claimed
        : throw Damaged($"claims {claimed} elements or bytes where {_bytes.Length - Position} bytes are left");

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Next();
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }

        throw Damaged("has a number of more than 64 bits");
    }

    private long ZigZag(long largest)
    {
        ulong written = Varint();
        long value = (long)(written >> 1) ^ -(long)(written & 1);
        return value <= largest && value >= -largest - 1
            ? value
            : throw Damaged($"has the number {value} where {-largest - 1} to {largest} is expected");
    }

    private readonly InvalidDataException Damaged(string problem) => new($"{_subject} {problem}");
}

/// <summary>The fields of a struct by number. Fields that nobody asks for are kept unread.</summary>
/// <param name="fields">long for every width of integer, bool, double, byte[], a list of these, or a struct.</param>
/// <param name="subject">What the struct is, with which error messages begin.</param>
internal sealed class ThriftStruct(IReadOnlyDictionary<int, object> fields, string subject)
{
    internal bool Has(int field) => fields.ContainsKey(field);

    internal bool Flag(int field, bool otherwise) => fields.GetValueOrDefault(field) is bool flag ? flag : otherwise;

    internal T? Find<T>(int field, string name)
        where T : class => fields.GetValueOrDefault(field) switch
        {
            null => null,
            T value => value,
            _ => throw new InvalidDataException($"{subject}: {name} has a value of another type"),
        };

    /// <exception cref="InvalidDataException">The field is missing or of another type.</exception>
    internal T Get<T>(int field, string name)
        where T : class => Find<T>(field, name) ?? throw Missing(name);

    internal IEnumerable<ThriftStruct> Structs(int field, string name) => Get<List<object>>(field, name).Select(
        item => item as ThriftStruct ?? throw new InvalidDataException($"{subject}: {name} is no list of structs"));

    internal string Text(int field, string name) => System.Text.Encoding.UTF8.GetString(Get<byte[]>(field, name));

    /// <exception cref="InvalidDataException">The field is missing, no integer, or outside the limits, which are included.</exception>
    internal long Number(int field, string name, long low = 0, long high = long.MaxValue) =>
        FindNumber(field, name, low, high) ?? throw Missing(name);

    internal long? FindNumber(int field, string name, long low = 0, long high = long.MaxValue) =>
        fields.GetValueOrDefault(field) switch
        {
            null => null,
            long value when value >= low && value <= high => value,
            long value => throw new InvalidDataException(
                $"{subject}: {name} is {value}, expected {low}{(high == long.MaxValue ? " or more" : $" to {high}")}"),
            _ => throw new InvalidDataException($"{subject}: {name} has a value of another type"),
        };

    private InvalidDataException Missing(string name) => new($"{subject}: {name} is missing");
}
