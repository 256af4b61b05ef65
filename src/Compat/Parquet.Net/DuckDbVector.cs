using System.Runtime.InteropServices;
using System.Text;

namespace Parquet;

/// <summary>
/// Reads values out of a DuckDB vector in the shapes that Parquet.Net's untyped reader gives them: boxed numbers,
/// <see cref="string"/> at the top and in structs, <c>List&lt;ReadOnlyMemory&lt;char&gt;?&gt;</c> for lists of strings,
/// dictionaries for structs and maps, and nothing at all for a null.
/// </summary>
internal sealed unsafe class DuckDbVector
{
    private readonly DuckDb.TypeId _type;
    private readonly void* _data;
    private readonly ulong* _validity;
    private readonly DuckDbVector[] _children = [];
    private readonly string[] _names = [];
    private readonly byte _scale;
    private readonly DuckDb.TypeId _decimalStorage;

    internal DuckDbVector(nint vector, nint logicalType)
    {
        _type = DuckDb.GetTypeId(logicalType);
        _data = DuckDb.VectorGetData(vector);
        _validity = DuckDb.VectorGetValidity(vector);
        switch (_type)
        {
            case DuckDb.TypeId.List:
                _children = [Child(DuckDb.ListVectorGetChild(vector), DuckDb.ListTypeChildType(logicalType))];
                break;
            case DuckDb.TypeId.Map:
                nint entries = DuckDb.ListVectorGetChild(vector);
                _children =
                [
                    Child(DuckDb.StructVectorGetChild(entries, 0), DuckDb.MapTypeKeyType(logicalType)),
                    Child(DuckDb.StructVectorGetChild(entries, 1), DuckDb.MapTypeValueType(logicalType)),
                ];
                break;
            case DuckDb.TypeId.Struct:
                int count = (int)DuckDb.StructTypeChildCount(logicalType);
                _children = new DuckDbVector[count];
                _names = new string[count];
                for (int i = 0; i < count; i++)
                {
                    _children[i] = Child(DuckDb.StructVectorGetChild(vector, (ulong)i), DuckDb.StructTypeChildType(logicalType, (ulong)i));
                    nint name = DuckDb.StructTypeChildName(logicalType, (ulong)i);
                    _names[i] = Marshal.PtrToStringUTF8(name)!;
                    DuckDb.Free(name);
                }
                break;
            case DuckDb.TypeId.Decimal:
                _scale = DuckDb.DecimalScale(logicalType);
                _decimalStorage = DuckDb.DecimalInternalType(logicalType);
                break;
        }
    }

    internal object? this[ulong row]
    {
        get
        {
            if (_validity is not null && (_validity[row / 64] & (1UL << (int)(row % 64))) == 0)
                return null;
            return _type switch
            {
                DuckDb.TypeId.Boolean => ((byte*)_data)[row] != 0,
                DuckDb.TypeId.TinyInt => ((sbyte*)_data)[row],
                DuckDb.TypeId.SmallInt => ((short*)_data)[row],
                DuckDb.TypeId.Integer => ((int*)_data)[row],
                DuckDb.TypeId.BigInt => ((long*)_data)[row],
                DuckDb.TypeId.UTinyInt => ((byte*)_data)[row],
                DuckDb.TypeId.USmallInt => ((ushort*)_data)[row],
                DuckDb.TypeId.UInteger => ((uint*)_data)[row],
                DuckDb.TypeId.UBigInt => ((ulong*)_data)[row],
                DuckDb.TypeId.Float => ((float*)_data)[row],
                DuckDb.TypeId.Double => ((double*)_data)[row],
                DuckDb.TypeId.Decimal => ReadDecimal(row),
                DuckDb.TypeId.Date => DateTime.UnixEpoch.AddDays(((int*)_data)[row]),
                DuckDb.TypeId.Timestamp => DateTime.UnixEpoch.AddTicks(((long*)_data)[row] * TimeSpan.TicksPerMicrosecond),
                DuckDb.TypeId.TimestampMs => DateTime.UnixEpoch.AddMilliseconds(((long*)_data)[row]),
                DuckDb.TypeId.Varchar => Encoding.UTF8.GetString(Bytes(row)),
                DuckDb.TypeId.Blob => Bytes(row).ToArray(),
                DuckDb.TypeId.List => ReadList(row),
                DuckDb.TypeId.Map => ReadMap(row),
                DuckDb.TypeId.Struct => ReadStruct(row),
                _ => throw new NotSupportedException($"column type {_type} is not supported"),
            };
        }
    }

    private static DuckDbVector Child(nint vector, nint ownedType)
    {
        var child = new DuckDbVector(vector, ownedType);
        DuckDb.DestroyLogicalType(ref ownedType);
        return child;
    }

    /// <summary><c>duckdb_string_t</c>: length, then the bytes themselves up to 12, else a 4-byte prefix and a pointer.</summary>
    private ReadOnlySpan<byte> Bytes(ulong row)
    {
        byte* cell = (byte*)_data + (row * 16);
        int length = *(int*)cell;
        return new ReadOnlySpan<byte>(length <= 12 ? cell + 4 : *(byte**)(cell + 8), length);
    }

    private decimal ReadDecimal(ulong row)
    {
        Int128 unscaled = _decimalStorage switch
        {
            DuckDb.TypeId.SmallInt => ((short*)_data)[row],
            DuckDb.TypeId.Integer => ((int*)_data)[row],
            DuckDb.TypeId.BigInt => ((long*)_data)[row],
            _ => ((Int128*)_data)[row],
        };
        decimal value = (decimal)unscaled;
        for (int i = 0; i < _scale; i++)
            value /= 10;
        return value;
    }

    private object ReadList(ulong row)
    {
        (ulong offset, ulong length) = (((ulong*)_data)[row * 2], ((ulong*)_data)[(row * 2) + 1]);
        DuckDbVector item = _children[0];
        if (item._type == DuckDb.TypeId.Varchar)
        {
            var texts = new List<ReadOnlyMemory<char>?>((int)length);
            for (ulong i = 0; i < length; i++)
                texts.Add(item[offset + i] is string text ? text.AsMemory() : null);
            return texts;
        }

        var items = new List<object?>((int)length);
        for (ulong i = 0; i < length; i++)
            items.Add(item[offset + i]);
        return items;
    }

    private Dictionary<string, object> ReadMap(ulong row)
    {
        (ulong offset, ulong length) = (((ulong*)_data)[row * 2], ((ulong*)_data)[(row * 2) + 1]);
        var map = new Dictionary<string, object>((int)length);
        for (ulong i = offset; i < offset + length; i++)
            map[_children[0][i]!.ToString()!] = _children[1][i]!;
        return map;
    }

    private Dictionary<string, object> ReadStruct(ulong row)
    {
        var members = new Dictionary<string, object>(_children.Length);
        for (int i = 0; i < _children.Length; i++)
        {
            if (_children[i][row] is { } value)
                members[_names[i]] = value;
        }

        return members;
    }
}
