using System.Runtime.InteropServices;
using Parquet.Schema;

namespace Parquet;

public class ParquetReader : IAsyncDisposable
{
    private readonly Stream _input;
    private readonly bool _leaveStreamOpen;
    private readonly DuckDbConnection _connection = new();
    private readonly string _file;
    private readonly string? _spooled;
    private readonly long[] _rowGroupSizes;

    private ParquetReader(Stream input, bool leaveStreamOpen)
    {
        _input = input;
        _leaveStreamOpen = leaveStreamOpen;
        try
        {
            ValidateMagic(input);
            // DuckDB reads files by name and takes *, ? and [ in a name for a pattern.
            if (input is FileStream { Name: var name } && name.AsSpan().IndexOfAny("*?[") < 0)
                _file = name;
            else
                _file = _spooled = Spool(input);
            Schema = ReadSchema();
            _rowGroupSizes = ReadRowGroupSizes();
        }
        catch
        {
            _connection.Dispose();
            if (_spooled is not null)
                File.Delete(_spooled);
            throw;
        }
    }

    public int RowGroupCount => _rowGroupSizes.Length;

    public ParquetSchema Schema { get; }

    public static Task<ParquetReader> CreateAsync(Stream input, ParquetOptions? parquetOptions = null, bool leaveStreamOpen = true, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(new ParquetReader(input, leaveStreamOpen));
    }

    public ValueTask DisposeAsync()
    {
        _connection.Dispose();
        if (_spooled is not null)
            File.Delete(_spooled);
        if (!_leaveStreamOpen)
            _input.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    internal void ReadRowGroup(int index, List<Dictionary<string, object>> rows)
    {
        long first = _rowGroupSizes.Take(index).Sum();
        long count = _rowGroupSizes[index];
        DuckDb.Result result = _connection.Query(
            $"SELECT * EXCLUDE (file_row_number) FROM read_parquet({DuckDbConnection.Quote(_file)}, file_row_number = true) " +
            $"WHERE file_row_number >= {first} AND file_row_number < {first + count}");
        try
        {
            AppendRows(ref result, rows);
        }
        finally
        {
            DuckDb.DestroyResult(ref result);
        }
    }

    private static void ValidateMagic(Stream input)
    {
        if (input.Length <= 8)
            throw new IOException("not a Parquet file (size too small)");
        Span<byte> head = stackalloc byte[4], tail = stackalloc byte[4];
        input.Seek(0, SeekOrigin.Begin);
        input.ReadExactly(head);
        input.Seek(-4, SeekOrigin.End);
        input.ReadExactly(tail);
        if (!head.SequenceEqual("PAR1"u8) || !tail.SequenceEqual("PAR1"u8))
            throw new IOException($"not a parquet file, head: {Convert.ToHexString(head)}, tail: {Convert.ToHexString(tail)}");
    }

    private static string Spool(Stream input)
    {
        string path = Path.GetTempFileName();
        input.Seek(0, SeekOrigin.Begin);
        using FileStream copy = File.Create(path);
        input.CopyTo(copy);
        return path;
    }

    private ParquetSchema ReadSchema()
    {
        DuckDb.Result result = _connection.Query($"SELECT * FROM read_parquet({DuckDbConnection.Quote(_file)}) LIMIT 0");
        try
        {
            var fields = new List<Field>();
            for (ulong column = 0; column < DuckDb.ColumnCount(ref result); column++)
            {
                nint type = DuckDb.ColumnLogicalType(ref result, column);
                fields.Add(MakeField(Marshal.PtrToStringUTF8(DuckDb.ColumnName(ref result, column))!, type));
                DuckDb.DestroyLogicalType(ref type);
            }

            return new ParquetSchema(fields);
        }
        finally
        {
            DuckDb.DestroyResult(ref result);
        }
    }

    private static Field MakeField(string name, nint type)
    {
        if (DuckDb.GetTypeId(type) != DuckDb.TypeId.Struct)
            return new LeafField(name);
        var members = new List<Field>();
        for (ulong i = 0; i < DuckDb.StructTypeChildCount(type); i++)
        {
            nint memberName = DuckDb.StructTypeChildName(type, i);
            nint memberType = DuckDb.StructTypeChildType(type, i);
            members.Add(MakeField(Marshal.PtrToStringUTF8(memberName)!, memberType));
            DuckDb.Free(memberName);
            DuckDb.DestroyLogicalType(ref memberType);
        }

        return new StructField(name, members);
    }

    private long[] ReadRowGroupSizes()
    {
        DuckDb.Result result = _connection.Query(
            $"SELECT any_value(row_group_num_rows) AS n FROM parquet_metadata({DuckDbConnection.Quote(_file)}) GROUP BY row_group_id ORDER BY row_group_id");
        try
        {
            var rows = new List<Dictionary<string, object>>();
            AppendRows(ref result, rows);
            return [.. rows.Select(row => Convert.ToInt64(row["n"], null))];
        }
        finally
        {
            DuckDb.DestroyResult(ref result);
        }
    }

    private static void AppendRows(ref DuckDb.Result result, List<Dictionary<string, object>> rows)
    {
        int columns = (int)DuckDb.ColumnCount(ref result);
        var names = new string[columns];
        var types = new nint[columns];
        for (int c = 0; c < columns; c++)
        {
            names[c] = Marshal.PtrToStringUTF8(DuckDb.ColumnName(ref result, (ulong)c))!;
            types[c] = DuckDb.ColumnLogicalType(ref result, (ulong)c);
        }

        for (nint chunk = DuckDb.FetchChunk(result); chunk != 0; chunk = DuckDb.FetchChunk(result))
        {
            ulong size = DuckDb.DataChunkGetSize(chunk);
            var vectors = new DuckDbVector[columns];
            for (int c = 0; c < columns; c++)
                vectors[c] = new DuckDbVector(DuckDb.DataChunkGetVector(chunk, (ulong)c), types[c]);
            for (ulong row = 0; row < size; row++)
            {
                var values = new Dictionary<string, object>(columns);
                for (int c = 0; c < columns; c++)
                {
                    if (vectors[c][row] is { } value)
                        values[names[c]] = value;
                }

                rows.Add(values);
            }

            DuckDb.DestroyDataChunk(ref chunk);
        }

        for (int c = 0; c < columns; c++)
            DuckDb.DestroyLogicalType(ref types[c]);
    }
}
