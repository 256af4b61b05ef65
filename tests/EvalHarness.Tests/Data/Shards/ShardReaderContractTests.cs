using DuckDB.NET.Data;
using EvalHarness.Data;
using EvalHarness.Data.Shards;

namespace EvalHarness.Tests.Data.Shards;

/// <summary>What every <see cref="IShardReader"/> promises, on shards that the test writes with DuckDB.</summary>
public sealed class ShardReaderContractTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string ShardFile => Path.Combine(_folder["data"], "org", "made", "test-00000-of-00001.parquet");

    /// <summary>Writes the rows of a query as a shard.</summary>
    internal static void Write(string file, string sql, string options = "")
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using var connection = new DuckDBConnection("Data Source=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = $"COPY ({sql}) TO '{file.Replace("'", "''", StringComparison.Ordinal)}' (FORMAT parquet{options})";
        command.ExecuteNonQuery();
    }

    private async Task<(DatasetSplit Split, string[] Rows)> ReadAsync(params string[]? columns)
    {
        DatasetSplit split = await new FileDatasetSource(_folder["data"]).OpenAsync(
            new DatasetName("org/made", null, "test"), CancellationToken.None);
        List<Document> documents = await split.ReadAsync(columns?.ToHashSet(), CancellationToken.None).ToListAsync();
        return (split, [.. documents.Select(d => d.ToJson())]);
    }

    private static async Task<string[]> ReadAsync(IShardReader reader, string file)
    {
        await using FileStream stream = File.OpenRead(file);
        var footer = ShardFooter.Read(stream);
        if (footer.Fields.Count == 0)
            return [];
        var rows = new List<string>();
        IAsyncEnumerable<IEnumerable<object?[]>> blocks =
            reader.ReadAsync(file, stream, footer, footer.Fields, CancellationToken.None);
        await foreach (IEnumerable<object?[]> block in blocks)
            rows.AddRange(block.Select(row => Document.ToNode(row.ToList())!.ToJsonString()));
        return [.. rows];
    }

    /// <summary>
    /// What is read by the chosen reader is read by DuckDB too, and by the program page by page where it has what that reads: they have to
    /// give the same rows.
    /// </summary>
    /// <returns>Whether it was read page by page.</returns>
    internal static async Task<bool> AssertReadersAgreeAsync(string file)
    {
        IShardReader chosen;
        bool isRead;
        await using (FileStream stream = File.OpenRead(file))
        {
            var footer = ShardFooter.Read(stream);
            ((chosen, _), isRead) = (ShardReaders.Of(stream, footer), PageShardReader.Reads(stream, footer));
        }

        string[] rows = await ReadAsync(new DuckDbShardReader(), file);
        Assert.Equal(rows, await ReadAsync(chosen, file));
        if (isRead)
            Assert.Equal(rows, await ReadAsync(new PageShardReader(), file));
        return isRead;
    }

    [Fact]
    public void Readers_AreAllImplementations() => Assert.Equal(
        [typeof(DuckDbShardReader).FullName!, typeof(PageShardReader).FullName!, typeof(ParquetNetShardReader).FullName!],
        Implementations.Of<IShardReader>().Select(type => type.FullName!));

    [Theory]
    [InlineData("['z', NULL]::VARCHAR[]", """["z",null]""")]
    [InlineData("[]::VARCHAR[]", "[]")]
    [InlineData("NULL::VARCHAR[]", "null")]
    [InlineData("[NULL]::INT[]", "[null]")]
    [InlineData("[[], NULL, ['z', NULL], ['']]::VARCHAR[][]", """[[],null,["z",null],[""]]""")]
    [InlineData("[[[1, NULL], NULL], [], NULL]::INT[][][]", "[[[1,null],null],[],null]")]
    [InlineData("[{'a': 1, 'b': NULL}, NULL, {'a': NULL, 'b': 'x'}]", """[{"a":1,"b":null},null,{"a":null,"b":"x"}]""")]
    [InlineData("{'a': [1, NULL], 'b': {'c': NULL::INT[], 'd': []::INT[]}}", """{"a":[1,null],"b":{"c":null,"d":[]}}""")]
    [InlineData("NULL::STRUCT(a INT, b INT[])", "null")]
    [InlineData("{'a': NULL::INT}", """{"a":null}""")]
    [InlineData("[{'l': [{'m': []::INT[]}, NULL]}]", """[{"l":[{"m":[]},null]}]""")]
    [InlineData("map {'a': 1, 'b': NULL}", """{"a":1,"b":null}""")]
    [InlineData("map {'a': {'x': [1]}, 'b': NULL}", """{"a":{"x":[1]},"b":null}""")]
    [InlineData("map {'a': ['x', NULL], 'b': []}", """{"a":["x",null],"b":[]}""")]
    [InlineData("[map {'a': 'x'}, NULL, map {}]::MAP(VARCHAR, VARCHAR)[]", """[{"a":"x"},null,{}]""")]
    [InlineData("NULL::MAP(VARCHAR, INT)", "null")]
    [InlineData("map {2: 'x', 1: 'y'}", """{"2":"x","1":"y"}""")]
    [InlineData("map {'a': map {'b': [1, NULL]}}", """{"a":{"b":[1,null]}}""")]
    [InlineData("18446744073709551615::UBIGINT", "18446744073709551615")]
    [InlineData("[9223372036854775808::UBIGINT, 1]", "[9223372036854775808,1]")]
    [InlineData("255::UTINYINT", "255")]
    [InlineData("(-128)::TINYINT", "-128")]
    [InlineData("65535::USMALLINT", "65535")]
    [InlineData("4294967295::UINTEGER", "4294967295")]
    [InlineData("'nan'::DOUBLE", "\"NaN\"")]
    [InlineData("'-inf'::FLOAT", "\"-Infinity\"")]
    [InlineData("DATE '1887-11-12'", "\"1887-11-12\"")]
    [InlineData("'\\x00\\xFF'::BLOB", "\"AP8=\"")]
    [InlineData("[{'bytes': 'a'::BLOB}]", """[{"bytes":"YQ=="}]""")]
    [InlineData("''", "\"\"")]
    [InlineData("TRUE", "true")]
    public async Task Read_ByEachReader_GivesTheValue(string sql, string json)
    {
        Write(ShardFile, $"SELECT * FROM (VALUES (0, {sql}), (1, NULL), (2, {sql})) AS t(i, v) ORDER BY i");
        string[] expected = [$"[0,{json}]", "[1,null]", $"[2,{json}]"];
        Assert.Equal(expected, await ReadAsync(new ParquetNetShardReader(), ShardFile));
        Assert.Equal(expected, await ReadAsync(new DuckDbShardReader(), ShardFile));
        Assert.Equal(!sql.StartsWith("DATE", StringComparison.Ordinal), await AssertReadersAgreeAsync(ShardFile));
        (DatasetSplit split, string[] rows) = await ReadAsync(null);
        Assert.Equal([$$"""{"i":0,"v":{{json}}}""", """{"i":1,"v":null}""", $$"""{"i":2,"v":{{json}}}"""], rows);
        Assert.Equal("Parquet.Net", split.Shards[0].Reader);
        Assert.Equal(sql.Contains("BLOB", StringComparison.Ordinal) ? ["v"] : [], split.ByteColumns);
    }

    [Theory]
    [InlineData("1.50::DECIMAL(4, 2)", "1.50", "values of the kind Decimal")]
    [InlineData("99999999999999999999999999999999999.999::DECIMAL(38, 3)", "99999999999999999999999999999999999.999", "kind Decimal")]
    [InlineData("TIMESTAMP '2024-01-02 03:04:05.123456'", "\"2024-01-02T03:04:05.123456\"", "kind Timestamp")]
    [InlineData("TIMESTAMP_NS '2024-01-02 03:04:05.123456789'", "\"2024-01-02T03:04:05.123456\"", "kind Timestamp")]
    [InlineData("TIMESTAMPTZ '2024-01-02 03:04:05+02'", "\"2024-01-02T01:04:05.000000\"", "kind Timestamp")]
    [InlineData("[TIMESTAMP '0001-01-01 00:00:00', NULL]", """["0001-01-01T00:00:00.000000",null]""", "kind Timestamp")]
    [InlineData("TIME '01:02:03.5'", "\"01:02:03.5\"", "kind Time")]
    [InlineData("INTERVAL '1 day'", "\"1 day\"", "kind Interval")]
    [InlineData("'eeccb8c5-9943-b2bb-bb5e-222f4e14b687'::UUID", "\"eeccb8c5-9943-b2bb-bb5e-222f4e14b687\"", "kind Uuid")]
    public async Task Read_WhatParquetNetCannotHold_GoesThroughDuckDb(string sql, string json, string reason)
    {
        Write(ShardFile, $"SELECT * FROM (VALUES (0, {sql}), (1, NULL)) AS t(i, v) ORDER BY i");
        (DatasetSplit split, string[] rows) = await ReadAsync(null);
        Assert.Equal([$$"""{"i":0,"v":{{json}}}""", """{"i":1,"v":null}"""], rows);
        Assert.StartsWith("DuckDB, because column v", split.Shards[0].Reader, StringComparison.Ordinal);
        Assert.Contains(reason, split.Shards[0].Reader, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "", true)]
    [InlineData("", ", ROW_GROUP_SIZE 2048", true)]
    [InlineData("", ", PARQUET_VERSION v2", false)]
    [InlineData("", ", CODEC 'zstd', ROW_GROUP_SIZE 4096", true)]
    [InlineData("", ", CODEC 'gzip'", true)]
    [InlineData("", ", CODEC 'brotli'", true)]
    [InlineData("", ", CODEC 'lz4_raw'", false)]
    [InlineData("", ", CODEC 'uncompressed'", true)]
    [InlineData("", ", CODEC 'uncompressed', DICTIONARY_SIZE_LIMIT 1", true)]
    [InlineData("WHERE i < 0", "", true)]
    public async Task Read_LargeShard_IsTheSameByEachReader(string where, string options, bool isReadByPages)
    {
        Write(
            ShardFile,
            $$"""
            SELECT i, CASE WHEN i % 7 = 0 THEN NULL ELSE i * i END AS square, i / 7 AS ratio, 'text ' || i AS unique, 'x' || (i % 5) AS few,
                i % 2 = 0 AS even, list_transform(range(i % 4), x -> CASE WHEN x = 2 THEN NULL ELSE 'c' || x END) AS choices,
                [{'a': i, 'b': ['t' || i, NULL]}, NULL] AS items, CASE WHEN i % 3 = 0 THEN NULL ELSE i::INT - 5000 END AS small
            FROM range(12000) AS t(i) {{where}}
            """,
            options);
        Assert.Equal(isReadByPages, await AssertReadersAgreeAsync(ShardFile));
        (_, string[] rows) = await ReadAsync("i", "choices");
        Assert.Equal(where.Length > 0 ? 0 : 12000, rows.Length);
        if (rows.Length > 0)
            Assert.Equal("""{"i":11999,"choices":["c0","c1",null]}""", rows[11999]);
    }

    [Theory]
    [InlineData("i, repeat('some words ', 2000) || i AS text", 1000, "EvalHarness, because it holds a page of each column, of 1000 rows")]
    [InlineData("i, 'x' || i AS text", 60_000, "EvalHarness, because it holds a page of each column, of 60000 rows in row groups of up to")]
    [InlineData("i, 'x' || i AS text, i % 2 = 0 AS even", 40_000, "Parquet.Net")]
    [InlineData("i, 'x' || i AS text, DATE '2020-01-01' AS day", 60_000, "DuckDB, because it needs less time or memory for 60000 rows")]
    public async Task Read_ManyOrLongRows_AreNotAllInMemory(string columns, int rows, string reader)
    {
        Write(ShardFile, $"SELECT {columns} FROM range({rows}) AS t(i)", ", ROW_GROUP_SIZE 60000");
        (DatasetSplit split, string[] read) = await ReadAsync("i");
        Assert.Equal(rows, read.Length);
        Assert.Equal($$"""{"i":{{rows - 1}}}""", read[^1]);
        Assert.StartsWith(reader, split.Shards[0].Reader, StringComparison.Ordinal);
        await AssertReadersAgreeAsync(ShardFile);
    }

    [Theory]
    [InlineData("TINYINT", "-128 + (i % 256)", "DuckDB")]
    [InlineData("UTINYINT", "i % 256", "DuckDB")]
    [InlineData("SMALLINT", "i - 5000", "Parquet.Net")]
    [InlineData("USMALLINT", "i", "Parquet.Net")]
    [InlineData("INTEGER", "i - 5000", "Parquet.Net")]
    [InlineData("UINTEGER", "4294967295 - i", "Parquet.Net")]
    [InlineData("BIGINT", "i - 5000", "Parquet.Net")]
    [InlineData("UBIGINT", "18446744073709551615 - i", "Parquet.Net")]
    public async Task Read_WholeNumbersInDifferences_AreRight(string type, string sql, string reader)
    {
        Write(ShardFile, $"SELECT ({sql})::{type} AS v FROM range(9000) AS t(i)", ", PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 1");
        await using (FileStream stream = File.OpenRead(ShardFile))
            Assert.Equal(5, ShardPages.DataPages(stream, ShardFooter.Read(stream).Groups[0].Chunks[0]).First().Encoding);
        (DatasetSplit split, string[] rows) = await ReadAsync(null);
        Assert.Equal(9000, rows.Length);
        Assert.StartsWith(reader, split.Shards[0].Reader, StringComparison.Ordinal);
        await AssertReadersAgreeAsync(ShardFile);
    }

    [Theory]
    [InlineData("'infinity'::DATE")]
    [InlineData("'-infinity'::DATE")]
    [InlineData("'infinity'::TIMESTAMP")]
    [InlineData("'-infinity'::TIMESTAMP")]
    [InlineData("'infinity'::TIMESTAMPTZ")]
    public async Task Read_Infinity_IsNoDate(string sql)
    {
        Write(ShardFile, $"SELECT {sql} AS v");
        EvalException e = await Assert.ThrowsAsync<EvalException>(() => ReadAsync(null));
        Assert.Equal(ExitCode.Data, e.ExitCode);
        Assert.StartsWith($"{ShardFile}: column v has ", e.Message, StringComparison.Ordinal);
        Assert.Contains("which Python has not", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_SomeColumns_ReadsAndChecksNoOther()
    {
        Write(ShardFile, "SELECT i, 'a text of some length ' || i AS t, [i] AS l FROM range(100) AS r(i)", ", CODEC 'uncompressed'");
        byte[] shard = await File.ReadAllBytesAsync(ShardFile);
        await using (FileStream stream = File.OpenRead(ShardFile))
        {
            ShardChunk chunk = ShardFooter.Read(stream).Groups[0].Chunks[1];
            Array.Fill(shard, (byte)0xff, (int)(chunk.Start + chunk.Length) - 400, 400);
        }

        await File.WriteAllBytesAsync(ShardFile, shard);
        Assert.Equal("""{"i":99,"l":[99]}""", (await ReadAsync("l", "i", "not there")).Rows[99]);
        Assert.Equal("{}", (await ReadAsync([])).Rows[99]);
        EvalException e = await Assert.ThrowsAsync<EvalException>(() => ReadAsync(null));
        Assert.Contains("column t", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_OddNames_AreTheColumnsNames()
    {
        Write(ShardFile, "SELECT 1 AS \"a.b\", 2 AS \"with space\", 3 AS \"答え\", 4 AS \"a/b\", {'a.b': 5, 'list': [6]} AS s");
        Assert.Equal(
            ["""{"a.b":1,"with space":2,"答え":3,"a/b":4,"s":{"a.b":5,"list":[6]}}"""], (await ReadAsync(null)).Rows);
        await AssertReadersAgreeAsync(ShardFile);
    }

    [Theory]
    [InlineData("it's [one] *.parquet")]
    [InlineData("key=value")]
    public async Task Read_OddFolderName_IsTheFileAlone(string folder)
    {
        string file = Path.Combine(_folder["odd"], folder, "test-00000-of-00001.parquet");
        Write(file, "SELECT 1.5::DECIMAL(3, 1) AS d");
        Assert.Equal(["[1.5]"], await ReadAsync(new DuckDbShardReader(), file));
    }

    public void Dispose() => _folder.Dispose();
}
