using System.Collections;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Serialization;
using Parquet.Schema;

namespace Parquet.Serialization;

/// <summary>Writes flat rows (strings, integers, numbers, booleans and lists of these) through a DuckDB table to a Parquet file.</summary>
internal static unsafe class DuckDbWriter
{
    private sealed record Column(string Name, PropertyInfo Property, DuckDb.TypeId Type, bool IsList);

    internal static ParquetSchema Write<T>(IEnumerable<T> rows, string path, ParquetOptions options, IReadOnlyDictionary<string, string>? metadata)
    {
        Column[] columns = [.. typeof(T).GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(p => p.CanRead).Select(MakeColumn)];
        using var connection = new DuckDbConnection();
        connection.Execute($"CREATE TABLE rows ({string.Join(", ", columns.Select(c => $"\"{c.Name}\" {SqlType(c)}"))})");
        Append(connection, columns, rows);
        connection.Execute($"COPY rows TO {DuckDbConnection.Quote(path)} ({CopyOptions(options, metadata)})");
        return new ParquetSchema([.. columns.Select(c => new LeafField(c.Name))]);
    }

    private static Column MakeColumn(PropertyInfo property)
    {
        Type type = property.PropertyType;
        bool isList = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(List<>);
        Type item = isList ? type.GetGenericArguments()[0] : type;
        item = Nullable.GetUnderlyingType(item) ?? item;
        DuckDb.TypeId id =
            item == typeof(string) ? DuckDb.TypeId.Varchar :
            item == typeof(long) || item == typeof(int) ? DuckDb.TypeId.BigInt :
            item == typeof(double) ? DuckDb.TypeId.Double :
            item == typeof(bool) ? DuckDb.TypeId.Boolean :
            throw new NotSupportedException($"property {property.Name}: {type} is not supported by the stand-in");
        return new Column(property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? property.Name, property, id, isList);
    }

    private static string SqlType(Column column) => column.Type switch
    {
        DuckDb.TypeId.Varchar => "VARCHAR",
        DuckDb.TypeId.BigInt => "BIGINT",
        DuckDb.TypeId.Double => "DOUBLE",
        _ => "BOOLEAN",
    } + (column.IsList ? "[]" : "");

    private static string CopyOptions(ParquetOptions options, IReadOnlyDictionary<string, string>? metadata)
    {
        string codec = options.CompressionMethod switch
        {
            CompressionMethod.None => "uncompressed",
            CompressionMethod.Lz4Raw => "lz4_raw",
            var method => method.ToString().ToLowerInvariant(),
        };
        string text = $"FORMAT parquet, COMPRESSION {codec}";
        if (options.RowGroupSize is { } size)
            text += $", ROW_GROUP_SIZE {size}";
        if (metadata is { Count: > 0 })
            text += $", KV_METADATA {{{string.Join(", ", metadata.Select(m => $"{DuckDbConnection.Quote(m.Key)}: {DuckDbConnection.Quote(m.Value)}"))}}}";
        return text;
    }

    private static void Append<T>(DuckDbConnection connection, Column[] columns, IEnumerable<T> rows)
    {
        if (DuckDb.AppenderCreate(connection.Handle, null, "rows", out nint appender) != 0)
            throw new InvalidOperationException("DuckDB refused an appender.");
        try
        {
            foreach (T row in rows)
            {
                foreach (Column column in columns)
                {
                    nint value = MakeValue(column, column.Property.GetValue(row));
                    Check(appender, DuckDb.AppendValue(appender, value));
                    DuckDb.DestroyValue(ref value);
                }

                Check(appender, DuckDb.AppenderEndRow(appender));
            }
        }
        finally
        {
            _ = DuckDb.AppenderDestroy(ref appender);
        }
    }

    private static void Check(nint appender, int state)
    {
        if (state != 0)
            throw new IOException(Marshal.PtrToStringUTF8(DuckDb.AppenderError(appender)) ?? "DuckDB refused a value.");
    }

    private static nint MakeValue(Column column, object? value)
    {
        if (!column.IsList || value is null)
            return MakeScalar(value);
        nint[] items = [.. ((IEnumerable)value).Cast<object?>().Select(MakeScalar)];
        nint childType = DuckDb.CreateLogicalType(column.Type);
        nint list, nothing;
        // A fixed pointer into an empty array is null, which DuckDB takes for a missing argument.
        fixed (nint* pointer = items)
            list = DuckDb.CreateList(childType, items.Length == 0 ? &nothing : pointer, (ulong)items.Length);
        for (int i = 0; i < items.Length; i++)
            DuckDb.DestroyValue(ref items[i]);
        DuckDb.DestroyLogicalType(ref childType);
        return list;
    }

    private static nint MakeScalar(object? value)
    {
        switch (value)
        {
            case null: return DuckDb.CreateNull();
            case bool flag: return DuckDb.CreateBool(flag);
            case int number: return DuckDb.CreateInt64(number);
            case long number: return DuckDb.CreateInt64(number);
            case double number: return DuckDb.CreateDouble(number);
            default:
                byte[] text = Encoding.UTF8.GetBytes((string)value);
                byte nothing;
                fixed (byte* pointer = text)
                    return DuckDb.CreateVarchar(text.Length == 0 ? &nothing : pointer, (ulong)text.Length);
        }
    }
}
