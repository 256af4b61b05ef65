using DuckDB.NET.Data;
using DuckDB.NET.Native;

namespace EvalHarness.Data.Shards;

/// <summary>
/// A DuckDB in memory that reads the given files and nothing else: no other file, no network, no extension that is not built in, no file on
/// the disk to spill into. Its configuration is locked before the first query.
/// </summary>
/// <remarks>Source: DuckDB's documentation, "Securing DuckDB" and "Configuration".</remarks>
internal sealed class DuckDbSession : IDisposable
{
    private readonly DuckDBConnection _connection;

    private DuckDbSession(DuckDBConnection connection) => _connection = connection;

    /// <param name="files">The only files that a query can read.</param>
    internal static DuckDbSession Open(params IReadOnlyList<string> files)
    {
        // Without a file's name, every connection string opens a database of its own.
        var connection = new DuckDBConnection("Data Source=:memory:");
        try
        {
            connection.Open();
            var session = new DuckDbSession(connection);
            string[] settings =
            [
                "SET autoinstall_known_extensions = false",
                "SET autoload_known_extensions = false",
                "SET allow_community_extensions = false",
                "SET allow_persistent_secrets = false",
                "SET temp_directory = ''",
                "SET memory_limit = '4GB'",
                // Rows are made when they are asked for and not before, because a shard is checked while it is read.
                "SET streaming_buffer_size = '1B'",
                // Rows are taken one after the other by one reader, for which a second thread costs a quarter more and is not faster.
                "SET threads = 1",
                "SET TimeZone = 'UTC'",
                $"SET allowed_paths = [{string.Join(", ", files.Select(file => Quote(Path.GetFullPath(file))))}]",
                "SET enable_external_access = false",
                "SET lock_configuration = true",
            ];
            foreach (string setting in settings)
                session.Execute(setting);
            return session;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>A text as a literal of SQL.</summary>
    internal static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>The rows that a query gives, which are read as they are asked for, in the order of the file.</summary>
    /// <param name="sql">The query.</param>
    /// <param name="fields">What the schema of a Parquet file says of each column; null for another file.</param>
    /// <exception cref="InvalidDataException">DuckDB refuses the query or a file; the message is the first line of DuckDB's.</exception>
    /// <exception cref="UnsupportedShardException">
    /// DuckDB gives a column another type than its schema says, or one that no document can hold.
    /// </exception>
    internal DuckDbRows Query(string sql, IReadOnlyList<ShardField>? fields = null)
    {
        DuckDBPreparedStatement statement;
        if (NativeMethods.PreparedStatements.DuckDBPrepare(_connection.NativeConnection, sql, out statement) == DuckDBState.Error)
        {
            using (statement)
                throw Refused(NativeMethods.PreparedStatements.DuckDBPrepareError(statement));
        }

        DuckDBResult result;
        if (NativeMethods.PreparedStatements.DuckDBExecutePreparedStreaming(statement, out result) == DuckDBState.Error)
        {
            using (statement)
            {
                string message = NativeMethods.Query.DuckDBResultError(ref result);
                NativeMethods.Query.DuckDBDestroyResult(ref result);
                throw Refused(message);
            }
        }

        return new DuckDbRows(statement, result, fields);
    }

    internal static InvalidDataException Refused(string? message) =>
        new($"DuckDB: {(message ?? "no reason given").Split('\n')[0].TrimEnd('.')}");

    private void Execute(string sql)
    {
        using DuckDBCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public void Dispose() => _connection.Dispose();
}
