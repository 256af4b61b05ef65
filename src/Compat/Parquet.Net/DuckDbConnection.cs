using System.Runtime.InteropServices;

namespace Parquet;

/// <summary>An in-memory DuckDB. What DuckDB refuses is thrown as <see cref="IOException"/>, as the real reader does for bad files.</summary>
internal sealed class DuckDbConnection : IDisposable
{
    private nint _database;
    private nint _connection;

    internal DuckDbConnection()
    {
        if (DuckDb.Open(null, out _database) != 0 || DuckDb.Connect(_database, out _connection) != 0)
            throw new InvalidOperationException("DuckDB could not be opened in memory.");
        // One thread and kept order: rows come back, and are written, as they stand in the file.
        Execute("SET threads = 1; SET preserve_insertion_order = true");
    }

    internal nint Handle => _connection;

    internal void Execute(string sql)
    {
        DuckDb.Result result = Query(sql);
        DuckDb.DestroyResult(ref result);
    }

    /// <summary>The caller destroys the result.</summary>
    internal DuckDb.Result Query(string sql)
    {
        if (DuckDb.Query(_connection, sql, out DuckDb.Result result) == 0)
            return result;
        string message = Marshal.PtrToStringUTF8(DuckDb.ResultError(ref result)) ?? "unknown error";
        DuckDb.DestroyResult(ref result);
        throw new IOException(message.Split('\n')[0]);
    }

    internal static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    public void Dispose()
    {
        DuckDb.Disconnect(ref _connection);
        DuckDb.Close(ref _database);
    }
}
