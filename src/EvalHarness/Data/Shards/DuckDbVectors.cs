using System.Globalization;
using System.Numerics;
using System.Text;
using DuckDB.NET.Native;
using EvalHarness.Pythonic;

namespace EvalHarness.Data.Shards;

/// <summary>Makes what reads the values of a type of DuckDB.</summary>
/// <remarks>Source: DuckDB's documentation, "C API: Vectors" and "Data Types".</remarks>
internal static unsafe class DuckDbVectors
{
    private static readonly object True = true, False = false;

    /// <summary>A type of DuckDB 1.5 that its bindings do not name: times of day in nanoseconds.</summary>
    private const DuckDBType TimeNs = (DuckDBType)39;

    /// <param name="type">The type.</param>
    /// <param name="shape">What the schema of a Parquet file says of the values; null for another file.</param>
    /// <param name="subject">Whose type it is, for error messages.</param>
    /// <exception cref="UnsupportedShardException">A type that no document can hold, or another one than the schema says.</exception>
    internal static DuckDbVector Of(DuckDBLogicalType type, ColumnShape? shape, string subject)
    {
        DuckDBType id = NativeMethods.LogicalType.DuckDBGetTypeId(type);
        return (id, shape) switch
        {
            (DuckDBType.List, ListShape or null) => new DuckDbList(
                Child(NativeMethods.LogicalType.DuckDBListTypeChildType(type), (shape as ListShape)?.Item, subject), null),
            (DuckDBType.Array, ListShape or null) => new DuckDbList(
                Child(NativeMethods.LogicalType.DuckDBArrayTypeChildType(type), (shape as ListShape)?.Item, subject),
                NativeMethods.LogicalType.DuckDBArrayVectorGetSize(type)),
            (DuckDBType.Map, MapShape or null) => new DuckDbMap(
                Child(NativeMethods.LogicalType.DuckDBMapTypeKeyType(type), (shape as MapShape)?.Key, subject),
                Child(NativeMethods.LogicalType.DuckDBMapTypeValueType(type), (shape as MapShape)?.Value, subject)),
            (DuckDBType.Struct, StructShape or null) => Struct(type, shape as StructShape, subject),
            (_, ValueShape value) when Of(id, type, value.Column, subject) is { } fitting => fitting,
            (_, null) when Of(id, type, subject) is { } plain => plain,
            (_, null) => throw new UnsupportedShardException($"{subject} has values of DuckDB's type {id}, which templates cannot use"),
            _ => throw new UnsupportedShardException($"{subject}: DuckDB gives values of type {id}, and the schema says {Words(shape)}; "
                + "write the shard with another program"),
        };
    }

    private static string Words(ColumnShape shape) => shape switch
    {
        ValueShape value => $"{value.Column.Kind}",
        ListShape => "a list",
        MapShape => "a map",
        _ => "a struct",
    };

    /// <summary>The values of a column of a Parquet file; null where DuckDB gives others than the schema says.</summary>
    private static DuckDbVector? Of(DuckDBType id, DuckDBLogicalType type, ShardColumn column, string subject) => (column.Kind, id) switch
    {
        (_, DuckDBType.SqlNull) or (ValueKind.Boolean, DuckDBType.Boolean) or (ValueKind.Integer, >= DuckDBType.TinyInt
            and <= DuckDBType.UnsignedBigInt) or (ValueKind.Real or ValueKind.HalfFloat, DuckDBType.Float or DuckDBType.Double)
            or (ValueKind.Text, DuckDBType.Varchar) or (ValueKind.Bytes, DuckDBType.Blob) or (ValueKind.Date, DuckDBType.Date)
            or (ValueKind.Decimal, DuckDBType.Decimal) or (ValueKind.Time, DuckDBType.Time or DuckDBType.TimeTz or TimeNs)
            or (ValueKind.Interval, DuckDBType.Interval) or (ValueKind.Uuid, DuckDBType.Uuid) => Of(id, type, subject),
        (ValueKind.Timestamp, DuckDBType.TimestampNs) => Timestamps(1, 1_000, column.IsUtc, subject),
        (ValueKind.Timestamp, DuckDBType.Timestamp or DuckDBType.TimestampTz) => Timestamps(1, 1, column.IsUtc, subject),
        // DuckDB does not know the annotation where it is written in the new way alone.
        (ValueKind.Text, DuckDBType.Blob) => Of(DuckDBType.Varchar, type, subject),
        (ValueKind.Decimal, DuckDBType.Integer) => new DuckDbLeaf((at, row) => new PythonDecimal(((int*)at)[row], column.Scale)),
        (ValueKind.Decimal, DuckDBType.BigInt) => new DuckDbLeaf((at, row) => new PythonDecimal(((long*)at)[row], column.Scale)),
        (ValueKind.Decimal, DuckDBType.Blob) => new DuckDbLeaf(
            (at, row) => new PythonDecimal(new BigInteger(DuckDbText.Bytes(at, row), isBigEndian: true), column.Scale)),
        _ => null,
    };

    /// <summary>The values of a type that has no others inside; null for a type that no document can hold.</summary>
    private static DuckDbVector? Of(DuckDBType id, DuckDBLogicalType type, string subject) => id switch
    {
        DuckDBType.SqlNull => new DuckDbLeaf(static (_, _) => null),
        DuckDBType.Boolean => new DuckDbLeaf(static (at, row) => ((byte*)at)[row] != 0 ? True : False),
        DuckDBType.TinyInt => new DuckDbLeaf(static (at, row) => (long)((sbyte*)at)[row]),
        DuckDBType.SmallInt => new DuckDbLeaf(static (at, row) => (long)((short*)at)[row]),
        DuckDBType.Integer => new DuckDbLeaf(static (at, row) => (long)((int*)at)[row]),
        DuckDBType.BigInt => new DuckDbLeaf(static (at, row) => ((long*)at)[row]),
        DuckDBType.UnsignedTinyInt => new DuckDbLeaf(static (at, row) => (long)((byte*)at)[row]),
        DuckDBType.UnsignedSmallInt => new DuckDbLeaf(static (at, row) => (long)((ushort*)at)[row]),
        DuckDBType.UnsignedInteger => new DuckDbLeaf(static (at, row) => (long)((uint*)at)[row]),
        DuckDBType.UnsignedBigInt => new DuckDbLeaf(static (at, row) => ColumnNumber.Of(((ulong*)at)[row])),
        DuckDBType.HugeInt => new DuckDbLeaf(static (at, row) => ColumnNumber.Of(((Int128*)at)[row])),
        DuckDBType.UnsignedHugeInt => new DuckDbLeaf(static (at, row) => ColumnNumber.Of(((UInt128*)at)[row])),
        DuckDBType.Float => new DuckDbLeaf(static (at, row) => (double)((float*)at)[row]),
        DuckDBType.Double => new DuckDbLeaf(static (at, row) => ((double*)at)[row]),
        DuckDBType.Decimal => Decimals(type),
        DuckDBType.Varchar => new DuckDbText(),
        DuckDBType.Blob => new DuckDbLeaf(static (at, row) => new PythonBytes(DuckDbText.Bytes(at, row).ToArray()), holdsBytes: true),
        DuckDBType.Bit => new DuckDbLeaf(static (at, row) => Bits(DuckDbText.Bytes(at, row))),
        DuckDBType.Enum => Enumeration(type),
        DuckDBType.Uuid => new DuckDbLeaf(static (at, row) => Uuid(((UInt128*)at)[row])),
        DuckDBType.Interval => new DuckDbLeaf(static (at, row) => Interval((byte*)at + (16 * row))),
        DuckDBType.Date => new DuckDbLeaf(
            (at, row) => CivilDate.Text(Finite(((int*)at)[row], int.MaxValue, subject))),
        DuckDBType.Time => new DuckDbLeaf(static (at, row) => new PythonTime(((long*)at)[row])),
        TimeNs => new DuckDbLeaf(static (at, row) => new PythonTime(((long*)at)[row] / 1000)),
        // The offset from UTC is in the lower 24 bits. Parquet has none.
        DuckDBType.TimeTz => new DuckDbLeaf(static (at, row) => new PythonTime((long)(((ulong*)at)[row] >> 24))),
        DuckDBType.Timestamp => Timestamps(1, 1, isUtc: false, subject),
        DuckDBType.TimestampTz => Timestamps(1, 1, isUtc: true, subject),
        DuckDBType.TimestampS => Timestamps(1_000_000, 1, isUtc: false, subject),
        DuckDBType.TimestampMs => Timestamps(1_000, 1, isUtc: false, subject),
        DuckDBType.TimestampNs => Timestamps(1, 1_000, isUtc: false, subject),
        _ => null,
    };

    private static DuckDbVector Child(DuckDBLogicalType type, ColumnShape? shape, string subject)
    {
        using (type)
            return Of(type, shape, subject);
    }

    private static DuckDbStruct Struct(DuckDBLogicalType type, StructShape? shape, string subject)
    {
        int count = (int)NativeMethods.LogicalType.DuckDBStructTypeChildCount(type);
        if (shape is not null && shape.Members.Count != count)
        {
            throw new UnsupportedShardException(
                $"{subject}: DuckDB gives structs of {count} members, and the schema says {shape.Members.Count}; "
                + "write the shard with another program");
        }

        // DuckDB gives names that differ in case alone other names.
        RowNames names = shape?.Names
            ?? new RowNames([.. Enumerable.Range(0, count).Select(i => NativeMethods.LogicalType.DuckDBStructTypeChildName(type, i))]);
        return new DuckDbStruct(
            names,
            [
                .. Enumerable.Range(0, count).Select(
                    i => Child(NativeMethods.LogicalType.DuckDBStructTypeChildType(type, i), shape?.Members[i], subject)),
            ]);
    }

    private static DuckDbLeaf Timestamps(long times, long over, bool isUtc, string subject) => new((at, row) =>
        new PythonTimestamp(ColumnNumber.Scale(Finite(((long*)at)[row], long.MaxValue, subject), times, over), isUtc));

    /// <summary>DuckDB's dates and timestamps have infinity and its negative, the largest number of the type with either sign.</summary>
    private static long Finite(long value, long infinity, string subject) => value != infinity && value != -infinity
        ? value
        : throw new UnsupportedShardException(
            $"{subject} has {(value < 0 ? "-" : "")}infinity as a date, which Python has not; write null, or a date from year 1 to 9999");

    private static DuckDbLeaf Decimals(DuckDBLogicalType type)
    {
        int scale = NativeMethods.LogicalType.DuckDBDecimalScale(type);
        return NativeMethods.LogicalType.DuckDBDecimalInternalType(type) switch
        {
            DuckDBType.SmallInt => new DuckDbLeaf((at, row) => new PythonDecimal(((short*)at)[row], scale)),
            DuckDBType.Integer => new DuckDbLeaf((at, row) => new PythonDecimal(((int*)at)[row], scale)),
            DuckDBType.BigInt => new DuckDbLeaf((at, row) => new PythonDecimal(((long*)at)[row], scale)),
            _ => new DuckDbLeaf((at, row) => new PythonDecimal(((Int128*)at)[row], scale)),
        };
    }

    private static DuckDbLeaf Enumeration(DuckDBLogicalType type)
    {
        int count = (int)NativeMethods.LogicalType.DuckDBEnumDictionarySize(type);
        string[] names = [.. Enumerable.Range(0, count).Select(i => NativeMethods.LogicalType.DuckDBEnumDictionaryValue(type, i))];
        return NativeMethods.LogicalType.DuckDBEnumInternalType(type) switch
        {
            DuckDBType.UnsignedTinyInt => new DuckDbLeaf((at, row) => names[((byte*)at)[row]]),
            DuckDBType.UnsignedSmallInt => new DuckDbLeaf((at, row) => names[((ushort*)at)[row]]),
            _ => new DuckDbLeaf((at, row) => names[((uint*)at)[row]]),
        };
    }

    /// <summary>The first byte says how many bits of the second are none.</summary>
    private static string Bits(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        foreach (byte next in bytes[1..])
            text.Append(CultureInfo.InvariantCulture, $"{next:b8}");
        return text.ToString(bytes[0], text.Length - bytes[0]);
    }

    /// <summary>DuckDB keeps the highest bit turned over, so that its order is that of the texts.</summary>
    private static string Uuid(UInt128 value)
    {
        string digits = (value ^ (UInt128.One << 127)).ToString("x32", CultureInfo.InvariantCulture);
        return $"{digits[..8]}-{digits[8..12]}-{digits[12..16]}-{digits[16..20]}-{digits[20..]}";
    }

    private static string Interval(byte* at)
    {
        (int months, int days, long microseconds) = (*(int*)at, *(int*)(at + 4), *(long*)(at + 8));
        var parts = new List<string>();
        Add(months / 12, "year");
        Add(months % 12, "month");
        Add(days, "day");
        if (microseconds != 0 || parts.Count == 0)
        {
            ulong size = microseconds < 0 ? (ulong)-microseconds : (ulong)microseconds;
            string whole = string.Create(
                CultureInfo.InvariantCulture, $"{size / 3_600_000_000:D2}:{size / 60_000_000 % 60:D2}:{size / 1_000_000 % 60:D2}");
            string fraction = (size % 1_000_000).ToString("D6", CultureInfo.InvariantCulture).TrimEnd('0');
            parts.Add($"{(microseconds < 0 ? "-" : "")}{whole}{(fraction.Length == 0 ? "" : ".")}{fraction}");
        }

        return string.Join(' ', parts);

        void Add(int count, string unit)
        {
            if (count != 0)
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{count} {unit}{(Math.Abs((long)count) == 1 ? "" : "s")}"));
        }
    }
}
