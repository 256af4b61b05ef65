using EvalHarness.Data;
using EvalHarness.Data.Shards;

namespace EvalHarness.Tests.Data.Shards;

/// <summary>DuckDB as a reader of files alone: what it can reach, and how it gives values of each type.</summary>
public sealed class DuckDbSessionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static string Read(string sql, params string[] files)
    {
        using var session = DuckDbSession.Open(files);
        using DuckDbRows rows = session.Query(sql);
        return string.Join('\n', rows.Read(CancellationToken.None).Select(
            row => string.Join("|", row.Select(value => Document.ToNode(value)?.ToJsonString() ?? "null"))));
    }

    private static string Refusal(string sql, params string[] files) =>
        Assert.Throws<InvalidDataException>(() => Read(sql, files)).Message;

    [Fact]
    public void Query_GivenFile_IsRead()
    {
        string file = _folder.Write("it's.csv", "a,b\n1,x\n2,y\n");
        Assert.Equal("1|\"x\"\n2|\"y\"", Read($"FROM read_csv({DuckDbSession.Quote(file)})", file));
    }

    [Fact]
    public void Query_OtherFile_IsRefused()
    {
        string file = _folder.Write("a.csv", "a\n1\n"), other = _folder.Write("b.csv", "a\n1\n");
        Assert.Contains("file system operations are disabled", Refusal($"FROM read_csv('{other}')", file), StringComparison.Ordinal);
        Assert.Contains("disabled", Refusal($"COPY (SELECT 1) TO '{_folder["written.csv"]}'", file), StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["written.csv"]));
    }

    [Theory]
    [InlineData("FROM read_csv('https://127.0.0.1:9/a.csv')")]
    [InlineData("FROM read_parquet('s3://bucket/a.parquet')")]
    [InlineData("INSTALL httpfs")]
    [InlineData("LOAD httpfs")]
    [InlineData("ATTACH 'https://127.0.0.1:9/a.db'")]
    [InlineData("SET enable_external_access = true")]
    [InlineData("SET autoinstall_known_extensions = true")]
    [InlineData("SET allowed_paths = ['/']")]
    [InlineData("SET lock_configuration = false")]
    [InlineData("SET temp_directory = '/tmp'")]
    public void Query_BeyondTheGivenFiles_IsRefused(string sql) => Assert.StartsWith("DuckDB: ", Refusal(sql), StringComparison.Ordinal);

    [Fact]
    public void Settings_ReachNeitherTheNetworkNorTheDisk() => Assert.Equal(
        "\"false\"|\"false\"|\"false\"|\"true\"|\"\"",
        Read("""
            SELECT current_setting('enable_external_access')::VARCHAR, current_setting('autoinstall_known_extensions')::VARCHAR,
                current_setting('autoload_known_extensions')::VARCHAR, current_setting('lock_configuration')::VARCHAR,
                current_setting('temp_directory')
            """));

    [Theory]
    [InlineData("NULL", "null")]
    [InlineData("[1, NULL, 3]", "[1,null,3]")]
    [InlineData("[[1, NULL], NULL, []]", "[[1,null],null,[]]")]
    [InlineData("[0.5::FLOAT, NULL]::FLOAT[2]", "[0.5,null]")]
    [InlineData("{'a': 1, 'b': NULL, 'c': ['x', NULL]}", """{"a":1,"b":null,"c":["x",null]}""")]
    [InlineData("[{'a': 1}, NULL]", """[{"a":1},null]""")]
    [InlineData("map {'a': 1, 'b': NULL}", """{"a":1,"b":null}""")]
    [InlineData("[map {1: 'x'}, map {}]", """[{"1":"x"},{}]""")]
    [InlineData("18446744073709551615::UBIGINT", "18446744073709551615")]
    [InlineData("(-170141183460469231731687303715884105727)::HUGEINT", "-170141183460469231731687303715884105727")]
    [InlineData("340282366920938463463374607431768211455::UHUGEINT", "340282366920938463463374607431768211455")]
    [InlineData("99999999999999999999999999999999999.999::DECIMAL(38, 3)", "99999999999999999999999999999999999.999")]
    [InlineData("(-0.5)::DECIMAL(4, 2)", "-0.50")]
    [InlineData("1.5::DECIMAL(9, 1)", "1.5")]
    [InlineData("1.5::DECIMAL(18, 1)", "1.5")]
    [InlineData("'nan'::DOUBLE", "\"NaN\"")]
    [InlineData("'-inf'::FLOAT", "\"-Infinity\"")]
    [InlineData("'ab\\x00'::BLOB", "\"YWIA\"")]
    [InlineData("'a text of more than twelve bytes é'", "\"a text of more than twelve bytes \\u00E9\"")]
    [InlineData("'101'::BIT", "\"101\"")]
    [InlineData("'y'::ENUM('x', 'y')", "\"y\"")]
    [InlineData("'eeccb8c5-9943-b2bb-bb5e-222f4e14b687'::UUID", "\"eeccb8c5-9943-b2bb-bb5e-222f4e14b687\"")]
    [InlineData("INTERVAL '1 year 2 months 1 day 03:00:00.5'", "\"1 year 2 months 1 day 03:00:00.5\"")]
    [InlineData("INTERVAL '0 day'", "\"00:00:00\"")]
    [InlineData("DATE '0001-01-01'", "\"0001-01-01\"")]
    [InlineData("DATE '1969-12-31'", "\"1969-12-31\"")]
    [InlineData("DATE '2000-02-29'", "\"2000-02-29\"")]
    [InlineData("TIME '01:02:03.5'", "\"01:02:03.5\"")]
    [InlineData("TIMETZ '01:02:03+00'", "\"01:02:03\"")]
    [InlineData("TIMESTAMP '2024-01-02 03:04:05.123456'", "\"2024-01-02T03:04:05.123456\"")]
    [InlineData("TIMESTAMP '1969-12-31 23:59:59.5'", "\"1969-12-31T23:59:59.500000\"")]
    [InlineData("TIMESTAMPTZ '2024-01-02 03:04:05+01'", "\"2024-01-02T02:04:05.000000\"")]
    [InlineData("TIMESTAMP_NS '1969-12-31 23:59:59.123456789'", "\"1969-12-31T23:59:59.123456\"")]
    [InlineData("TIMESTAMP_MS '2024-01-02 03:04:05.123'", "\"2024-01-02T03:04:05.123000\"")]
    [InlineData("TIMESTAMP_S '2024-01-02 03:04:05'", "\"2024-01-02T03:04:05.000000\"")]
    public void Query_ValueOfEachType_IsTheValueOfADocument(string sql, string json) => Assert.Equal(json, Read($"SELECT {sql}"));

    [Fact]
    public void Query_TypeWithoutCounterpart_IsRefused() => Assert.Equal(
        "column u has values of DuckDB's type Union, which templates cannot use",
        Assert.Throws<UnsupportedShardException>(() => Read("SELECT 1::UNION(num INT, s VARCHAR) AS u")).Message);

    [Fact]
    public void Read_ManyRows_GivesThemInOrder()
    {
        using var session = DuckDbSession.Open();
        using DuckDbRows rows = session.Query("SELECT i, [i] FROM range(200000) AS t(i)");
        Assert.Equal(Enumerable.Range(0, 200000).Select(i => (object?)(long)i), rows.Read(CancellationToken.None).Select(row => row[0]));
        Assert.Equal([false, false], rows.HoldBytes);
    }

    public void Dispose() => _folder.Dispose();
}
