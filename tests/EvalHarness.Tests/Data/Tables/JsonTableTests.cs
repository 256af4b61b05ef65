using System.IO.Compression;
using System.Text;
using EvalHarness.Data;
using EvalHarness.Data.Tables;
using EvalHarness.Pythonic;
using ZstdSharp;

namespace EvalHarness.Tests.Data.Tables;

public sealed class JsonTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string[] Read(string text, string name = "a.jsonl", string? field = null) => ReadFile(_folder.Write(name, text), field);

    private static string[] ReadFile(string file, string? field = null, string? first = null)
    {
        var options = field is null ? new Dictionary<string, object?>() : new() { ["field"] = field };
        return [.. Table.Open(DataFormat.Json, first ?? file, file, options).Read(file).Select(r => new Document(r).ToJson())];
    }

    private string Message(string text, string? field = null)
    {
        EvalException e = Assert.Throws<EvalException>(() => Read(text, field: field));
        Assert.Equal(ExitCode.Data, e.ExitCode);
        Assert.DoesNotContain('\n', e.Message);
        return e.Message;
    }

    [Fact]
    public void Read_Lines_HaveTheKeysOfAllRowsInTheOrderOfAppearance() => Assert.Equal(
        ["""{"b":1,"a":"x","c":null}""", """{"b":null,"a":"y","c":true}"""],
        Read("\uFEFF{\"b\": 1, \"a\": \"x\"}\r\n\n{\"c\": true, \"a\": \"y\"}"));

    [Fact]
    public void Read_WholeNumbersAmongFloats_AreFloats() => Assert.Equal(
        ["""{"a":1.0,"b":[1.0,2.5],"c":{"d":1.0}}""", """{"a":2.5,"b":[],"c":{"d":0.5}}"""],
        Read("""
            {"a": 1, "b": [1, 2.5], "c": {"d": 1}}
            {"a": 2.5, "b": [], "c": {"d": 0.5}}
            """));

    [Fact]
    public void Read_NumbersBeyond64Bits_AreWhole() => Assert.Equal(
        ["""{"a":18446744073709551615}""", """{"a":-123456789012345680000}""", """{"a":1}"""],
        Read("{\"a\": 18446744073709551615}\n{\"a\": -123456789012345680000}\n{\"a\": 1}"));

    [Theory]
    [InlineData("18446744073709551615")]
    [InlineData("123456789012345680000")]
    [InlineData("-9007199254740993000000000000000000001")]
    public void Read_NumbersBeyond64BitsAmongFloats_AreTheNearestFloats(string text)
    {
        string file = _folder.Write("a.jsonl", $"{{\"a\": {text}}}\n{{\"a\": 0.5}}");
        Assert.Equal(
            double.Parse(text, System.Globalization.CultureInfo.InvariantCulture),
            Table.Open(DataFormat.Json, file, file, new Dictionary<string, object?>()).Read(file).First()["a"]);
    }

    [Fact]
    public void Read_Objects_HaveTheKeysOfAllObjectsOfTheirColumn() => Assert.Equal(
        ["""{"a":{"x":1,"y":null}}""", """{"a":null}""", """{"a":{"x":null,"y":[null,"z"]}}"""],
        Read("{\"a\": {\"x\": 1}}\n{\"a\": null}\n{\"a\": {\"y\": [null, \"z\"]}}"));

    [Fact]
    public void Read_ColumnOfSeveralKinds_KeepsEveryValue() =>
        Assert.Equal(["""{"a":1}""", """{"a":"x"}""", """{"a":[2]}"""], Read("{\"a\": 1}\n{\"a\": \"x\"}\n{\"a\": [2]}"));

    [Theory]
    [InlineData("2024-01-31", "2024-01-31 00:00:00")]
    [InlineData("2024-01-31 10", "2024-01-31 10:00:00")]
    [InlineData("2024-01-31T10:20", "2024-01-31 10:20:00")]
    [InlineData("2024-01-31T10:20:30Z", "2024-01-31 10:20:30")]
    [InlineData("2024-01-31T01:20:30+02:00", "2024-01-30 23:20:30")]
    [InlineData("1969-12-31 23:59:59-0130", "1970-01-01 01:29:59")]
    [InlineData("2024-02-30", "2024-02-30")]
    [InlineData("2024-01-31 10:20:30.5", "2024-01-31 10:20:30.5")]
    [InlineData("2024-01", "2024-01")]
    [InlineData("10:20", "10:20")]
    public void Read_ColumnOfDates_HasPointsInTimeAsInDatasets(string text, string expected)
    {
        string file = _folder.Write("a.jsonl", $"{{\"a\": \"{text}\"}}\n{{\"a\": null}}\n{{\"a\": \"2000-01-01\"}}");
        var none = new Dictionary<string, object?>();
        IReadOnlyDictionary<string, object?>[] rows = [.. Table.Open(DataFormat.Json, file, file, none).Read(file)];
        Assert.Equal([expected, "None"], rows.Take(2).Select(r => Python.Str(r["a"])));
        Assert.Equal(expected == text ? "2000-01-01" : "2000-01-01 00:00:00", Python.Str(rows[2]["a"]));
        var kept = new Dictionary<string, object?> { ["convert_dates"] = false };
        Assert.Equal(text, Table.Open(DataFormat.Json, file, file, kept).Read(file).First()["a"]);
    }

    [Fact]
    public void Read_ArrayAndField_AreRows()
    {
        Assert.Equal(["""{"a":1}""", """{"a":2}"""], Read("[{\"a\": 1},\n {\"a\": 2}]", "a.json"));
        Assert.Equal(["""{"text":"x"}"""], Read("[\"x\"]", "a.json"));
        Assert.Equal(["""{"a":1}"""], Read("{\"version\": 2,\n \"data\": [{\"a\": 1}]}", "a.json", "data"));
    }

    [Fact]
    public void Read_Compressed_IsTheSame()
    {
        byte[] text = Encoding.UTF8.GetBytes("{\"a\": 1}\n");
        using (var gzip = new GZipStream(File.Create(_folder["a.jsonl.gz"]), CompressionMode.Compress))
            gzip.Write(text);
        using (var zstandard = new CompressionStream(File.Create(_folder["a.jsonl.zst"]), leaveOpen: false))
            zstandard.Write(text);
        Assert.Equal(["""{"a":1}"""], ReadFile(_folder["a.jsonl.gz"]));
        Assert.Equal(["""{"a":1}"""], ReadFile(_folder["a.jsonl.zst"]));
    }

    private string Refusal(byte[] gzip)
    {
        string file = _folder["b.jsonl.gz"];
        File.WriteAllBytes(file, gzip);
        EvalException e = Assert.Throws<EvalException>(() => ReadFile(file));
        Assert.Equal(ExitCode.Data, e.ExitCode);
        Assert.DoesNotContain('\n', e.Message);
        Assert.StartsWith($"{file}: cannot be read: ", e.Message, StringComparison.Ordinal);
        return e.Message[$"{file}: cannot be read: ".Length..];
    }

    private static byte[] Gzip(string text)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return compressed.ToArray();
    }

    [Fact]
    public void Read_TruncatedGzip_IsAnError()
    {
        byte[] first = Gzip(string.Concat(Enumerable.Range(0, 9_000).Select(i => $"{{\"a\": {i}}}\n")));
        byte[] both = [.. first, .. Gzip("{\"a\": 9000}\n")];
        File.WriteAllBytes(_folder["a.jsonl.gz"], both);
        Assert.Equal("""{"a":9000}""", ReadFile(_folder["a.jsonl.gz"])[^1]);
        int one = first.Length;
        foreach (int length in (int[])[0, 1, 5, 300, one - 9, one - 8, one - 1, one + 12, both.Length - 1])
            Assert.Equal("the file ends before its compressed data does; fetch it again", Refusal(both[..length]));
    }

    [Fact]
    public void Read_DamagedGzip_IsAnError()
    {
        byte[] gzip = Gzip("{\"a\": 1}\n");
        const string Damaged = "its compressed data is damaged, or its checksum or length is not that of its content; fetch it again";
        foreach (int place in (int[])[12, gzip.Length - 8, gzip.Length - 1])
        {
            byte[] changed = [.. gzip];
            changed[place] ^= 0x55;
            Assert.Equal(Damaged, Refusal(changed));
        }

        Assert.StartsWith("it is not compressed with gzip", Refusal("{\"a\": 1}\n"u8.ToArray()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"a\": 1}\n{\"a\": }\n", null, "a.jsonl:2: is no JSON: ")]
    [InlineData("{\"a\": 1}\n5\n", null, "a.jsonl:2: is no JSON object")]
    [InlineData("[{\"a\": 1},\n {\"a\": }]", null, "a.jsonl:2: is no JSON: ")]
    [InlineData("[{\"a\": 1}, 5]", null, "a.jsonl: row 1 of the list is no object")]
    [InlineData("{\n\"version\": 1,\n\"data\": []\n}", null, "over several lines (keys: version, data); name the key that has the rows")]
    [InlineData("{\"version\": 1}", "data", "a.jsonl: has no key data; it has version")]
    [InlineData("[]", "data", "a.jsonl: is no JSON object")]
    [InlineData("{\"data\": 5}", "data", "a.jsonl: expected a list of objects")]
    public void Read_BadForm_IsOneLineWithFileAndLine(string text, string? field, string expected) =>
        Assert.Contains(expected, Message(text, field), StringComparison.Ordinal);

    [Fact]
    public void Read_LaterFile_HasTheColumnsOfTheFirst()
    {
        string first = _folder.Write("1.jsonl", "{\"a\": 1.5, \"b\": \"x\"}");
        var table = Table.Open(DataFormat.Json, first, first, new Dictionary<string, object?>());
        IReadOnlyDictionary<string, object?> row = table.Read(_folder.Write("2.jsonl", "{\"a\": 2}")).Single();
        Assert.Equal([2.0, null], row.Values);
        string file = _folder.Write("3.jsonl", "{\"a\": 2, \"c\": 1}");
        EvalException e = Assert.Throws<EvalException>(() => table.Read(file).ToList());
        Assert.StartsWith($"{file}:1: has the key c, which the first file has not", e.Message, StringComparison.Ordinal);
        e = Assert.Throws<EvalException>(() => table.Read(_folder.Write("4.jsonl", "{\"a\": \"x\"}")).ToList());
        Assert.Contains(":1: a is text, and was a number in the first file", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Text_IsARowALine() => Assert.Equal(
        ["one", " two", ""],
        Table.Open(DataFormat.Text, "", "", new Dictionary<string, object?>())
            .Read(_folder.Write("a.txt", "one\r\n two\n\n")).Select(r => r["text"]));

    public void Dispose() => _folder.Dispose();
}
