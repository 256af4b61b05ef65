namespace EvalHarness.Data.Shards;

/// <summary>One column that has values, a leaf of the schema.</summary>
/// <param name="Path">The names from the root, joined by dots.</param>
/// <param name="Type">The physical type, see <see cref="PhysicalType"/>.</param>
/// <param name="TypeLength">Bytes of a value of <see cref="PhysicalType.FixedLengthByteArray"/>.</param>
/// <param name="MaxDefinition">The definition level of a value that is there.</param>
/// <param name="MaxRepetition">The number of lists that the column lies in.</param>
internal sealed record ShardColumn(string Path, PhysicalType Type, int TypeLength, int MaxDefinition, int MaxRepetition);

/// <remarks>Source: Apache Parquet, parquet.thrift, enum Type.</remarks>
internal enum PhysicalType
{
    Boolean = 0,
    Int32 = 1,
    Int64 = 2,
    Int96 = 3,
    Float = 4,
    Double = 5,
    ByteArray = 6,
    FixedLengthByteArray = 7,
}

/// <summary>Reads the schema of a footer, a tree that is written as a list with each parent before its children.</summary>
/// <remarks>Source: Apache Parquet, parquet.thrift, SchemaElement.</remarks>
internal sealed class ShardSchema
{
    private const int Required = 0, Repeated = 2;

    private readonly ThriftStruct[] _elements;
    private readonly List<ShardColumn> _columns = [];
    private int _next = 1;

    private ShardSchema(ThriftStruct[] elements) => _elements = elements;

    /// <exception cref="InvalidDataException">The list is no tree, or an element contradicts itself.</exception>
    internal static IReadOnlyList<ShardColumn> Columns(IEnumerable<ThriftStruct> elements)
    {
        var schema = new ShardSchema([.. elements]);
        if (schema._elements is not [var root, ..])
            throw new InvalidDataException("the footer has no schema");
        schema.Children(root, [], 0, 0);
        return schema._next == schema._elements.Length
            ? schema._columns
            : throw new InvalidDataException(
                $"the footer's schema has {schema._elements.Length} elements, but its counts of children make {schema._next}");
    }

    private void Children(ThriftStruct parent, string[] path, int definition, int repetition)
    {
        long count = parent.Number(5, "num_children");
        // Schemas of real files nest a few levels; a deeper one would only exhaust the stack of whoever reads it.
        if (path.Length > 64)
            throw new InvalidDataException("the footer's schema nests more than 64 deep");
        for (long i = 0; i < count; i++)
        {
            if (_next >= _elements.Length)
            {
                throw new InvalidDataException(
                    $"the footer's schema has {_elements.Length} elements, but its counts of children make more");
            }


            ThriftStruct element = _elements[_next++];
            long kind = element.Number(3, "repetition_type", high: Repeated);
            string[] inner = [.. path, element.Text(4, "name")];
            int innerDefinition = definition + (kind == Required ? 0 : 1);
            int innerRepetition = repetition + (kind == Repeated ? 1 : 0);
            if (element.Has(1))
                _columns.Add(Leaf(element, string.Join('.', inner), innerDefinition, innerRepetition));
            else
                Children(element, inner, innerDefinition, innerRepetition);
        }
    }

    private static ShardColumn Leaf(ThriftStruct element, string path, int definition, int repetition)
    {
        if (element.FindNumber(5, "num_children") > 0)
            throw new InvalidDataException($"the footer's schema: column {path} has a type and children");
        var type = (PhysicalType)element.Number(1, "type", high: (long)PhysicalType.FixedLengthByteArray);
        long length = type == PhysicalType.FixedLengthByteArray ? element.Number(2, "type_length", low: 1, high: int.MaxValue) : 0;
        if (element.FindNumber(6, "converted_type", high: 21) is { } converted && !Fits(converted, type))
        {
            throw new InvalidDataException(
                $"the footer's schema: column {path} has converted_type {converted}, which {type} cannot have");
        }

        return new ShardColumn(path, type, (int)length, definition, repetition);
    }

    /// <remarks>Source: Apache Parquet, LogicalTypes.md.</remarks>
    private static bool Fits(long converted, PhysicalType type) => converted switch
    {
        0 or 4 or 19 or 20 => type == PhysicalType.ByteArray,
        5 => type is PhysicalType.Int32 or PhysicalType.Int64 or PhysicalType.ByteArray or PhysicalType.FixedLengthByteArray,
        6 or 7 or 11 or 12 or 13 or 15 or 16 or 17 => type == PhysicalType.Int32,
        8 or 9 or 10 or 14 or 18 => type == PhysicalType.Int64,
        21 => type == PhysicalType.FixedLengthByteArray,
        _ => false,
    };
}
