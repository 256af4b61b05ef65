using System.Text;
using DuckDB.NET.Native;

namespace EvalHarness.Data.Shards;

/// <summary>The values of one column, or of a part of its values, in the part of the rows that DuckDB has read last.</summary>
internal abstract unsafe class DuckDbVector
{
    private ulong* _valid;

    /// <summary>Where the values lie.</summary>
    protected nint Values { get; private set; }

    /// <summary>Whether values are bytes, or have bytes inside them.</summary>
    internal abstract bool HoldsBytes { get; }

    internal object? this[long row] => _valid is null || (_valid[row / 64] >> (int)(row % 64) & 1) == 1 ? Read(row) : null;

    /// <summary>Takes the values from a vector, until the next one.</summary>
    internal virtual void Bind(nint vector)
    {
        Values = (nint)NativeMethods.Vectors.DuckDBVectorGetData(vector);
        _valid = NativeMethods.Vectors.DuckDBVectorGetValidity(vector);
    }

    protected abstract object? Read(long row);
}

/// <summary>Values that lie in a row of equal sizes.</summary>
/// <param name="read">Makes a value of the address of the vector's values and a row.</param>
/// <param name="holdsBytes">Whether the values are bytes.</param>
internal sealed class DuckDbLeaf(Func<nint, long, object?> read, bool holdsBytes = false) : DuckDbVector
{
    internal override bool HoldsBytes => holdsBytes;

    protected override object? Read(long row) => read(Values, row);
}

/// <summary>
/// Texts. The same short text comes again and again in real columns (a subject, a letter of a choice), so that the last ones are kept.
/// </summary>
internal sealed unsafe class DuckDbText : DuckDbVector
{
    /// <summary>Bytes of a text that lies in its entry itself, filled up with zeros. A longer one lies elsewhere.</summary>
    private const int Inside = 12;

    private const int Kept = 256;

    private readonly UInt128[] _entries = new UInt128[Kept];
    private readonly string?[] _texts = new string?[Kept];

    internal override bool HoldsBytes => false;

    /// <summary>A text or bytes: a length, and up to 12 bytes, or the first four of more and where all of them lie.</summary>
    internal static ReadOnlySpan<byte> Bytes(nint at, long row)
    {
        byte* entry = (byte*)at + (16 * row);
        int length = *(int*)entry;
        return new ReadOnlySpan<byte>(length <= Inside ? entry + 4 : *(byte**)(entry + 8), length);
    }

    protected override object? Read(long row)
    {
        ulong* halves = (ulong*)Values + (2 * row);
        if (*(int*)halves > Inside)
            return Encoding.UTF8.GetString(Bytes(Values, row));
        var entry = new UInt128(halves[1], halves[0]);
        int place = (int)(((halves[0] ^ (halves[1] * 31)) * 0x9E3779B97F4A7C15) >> 56);
        if (_texts[place] is { } text && _entries[place] == entry)
            return text;
        _entries[place] = entry;
        return _texts[place] = Encoding.UTF8.GetString(Bytes(Values, row));
    }
}

/// <summary>Lists, and arrays, whose length is part of their type.</summary>
/// <param name="items">The items of all lists.</param>
/// <param name="length">The items of each array; null for lists.</param>
internal sealed unsafe class DuckDbList(DuckDbVector items, long? length) : DuckDbVector
{
    internal override bool HoldsBytes => items.HoldsBytes;

    internal override void Bind(nint vector)
    {
        base.Bind(vector);
        items.Bind(length is null
            ? NativeMethods.Vectors.DuckDBListVectorGetChild(vector)
            : NativeMethods.Vectors.DuckDBArrayVectorGetChild(vector));
    }

    protected override object? Read(long row) => ReadItems(row);

    internal object?[] ReadItems(long row)
    {
        ulong* entry = (ulong*)Values + (2 * row);
        (long start, long count) = length is { } fixedLength ? (row * fixedLength, fixedLength) : ((long)entry[0], (long)entry[1]);
        object?[] list = new object?[count];
        for (long i = 0; i < count; i++)
            list[i] = items[start + i];
        return list;
    }
}

/// <summary>Structs, as maps from the members' names.</summary>
internal sealed class DuckDbStruct(RowNames names, IReadOnlyList<DuckDbVector> members) : DuckDbVector
{
    internal override bool HoldsBytes => members.Any(member => member.HoldsBytes);

    internal override void Bind(nint vector)
    {
        base.Bind(vector);
        for (int i = 0; i < members.Count; i++)
            members[i].Bind(NativeMethods.Vectors.DuckDBStructVectorGetChild(vector, i));
    }

    protected override object? Read(long row)
    {
        object?[] values = new object?[members.Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = members[i][row];
        return new NamedValues(names, values);
    }
}

/// <summary>Maps, which DuckDB keeps as lists of structs of a key and a value.</summary>
internal sealed class DuckDbMap(DuckDbVector key, DuckDbVector value) : DuckDbVector
{
    private readonly DuckDbList _entries = new(new DuckDbStruct(new RowNames(["key", "value"]), [key, value]), null);

    internal override bool HoldsBytes => _entries.HoldsBytes;

    internal override void Bind(nint vector)
    {
        base.Bind(vector);
        _entries.Bind(vector);
    }

    protected override object? Read(long row) => ColumnMap.Of(_entries.ReadItems(row)
        .Cast<NamedValues>()
        .Select(entry => KeyValuePair.Create(entry["key"], entry["value"])));
}
