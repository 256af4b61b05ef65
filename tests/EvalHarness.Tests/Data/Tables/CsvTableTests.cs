using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json.Nodes;
using EvalHarness.Data.Tables;
using EvalHarness.Pythonic;

namespace EvalHarness.Tests.Data.Tables;

/// <summary>
/// CSV files against pandas: <c>csv.goldens.jsonl</c> was made by <c>make_csv_goldens.py</c>, which lies beside it.
/// </summary>
public sealed class CsvTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Write(string name, string text)
    {
        File.WriteAllBytes(_folder[name], Encoding.UTF8.GetBytes(text));
        return _folder[name];
    }

    private static (IReadOnlyList<string> Columns, List<IReadOnlyDictionary<string, object?>> Rows) Read(
        string file, IReadOnlyDictionary<string, object?>? options = null, string? first = null)
    {
        var table = Table.Open(DataFormat.Csv, first ?? file, file, options ?? new Dictionary<string, object?>());
        return (table.Columns, [.. table.Read(file)]);
    }

    private static string Message(Action read)
    {
        EvalException e = Assert.Throws<EvalException>(read);
        Assert.Equal(ExitCode.Data, e.ExitCode);
        Assert.DoesNotContain('\n', e.Message);
        return e.Message;
    }

    private static JsonObject? Typed(object? value) => value switch
    {
        null => null,
        bool truth => new JsonObject { ["bool"] = truth },
        BigInteger number when number <= long.MaxValue => new JsonObject { ["wrong type"] = "a whole number that fits into 64 bits" },
        long or BigInteger => new JsonObject { ["int"] = string.Create(CultureInfo.InvariantCulture, $"{value}") },
        double number => new JsonObject { ["float"] = Python.Float(number) },
        _ => new JsonObject { ["text"] = (string)value },
    };

    [Fact]
    public void Read_IsWhatPandasReads()
    {
        var differing = new List<string>();
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Data", "Tables", "csv.goldens.jsonl"));
        foreach (string line in lines)
        {
            JsonNode golden = JsonNode.Parse(line)!;
            var options = (IReadOnlyDictionary<string, object?>)PlainJson.Parse(golden["options"]!.ToJsonString())!;
            string found;
            try
            {
                (IReadOnlyList<string> columns, List<IReadOnlyDictionary<string, object?>> rows) =
                    Read(Write("a.csv", (string)golden["text"]!), options);
                found = new JsonObject
                {
                    ["columns"] = new JsonArray([.. columns.Select(c => (JsonNode?)c)]),
                    ["rows"] = new JsonArray([.. rows.Select(r => new JsonArray([.. columns.Select(c => Typed(r[c]))]))]),
                }.ToJsonString();
            }
            catch (EvalException e)
            {
                found = e.Message;
            }

            (JsonNode columnsOf, JsonNode rowsOf) = (golden["columns"]!.DeepClone(), golden["rows"]!.DeepClone());
            string expected = new JsonObject { ["columns"] = columnsOf, ["rows"] = rowsOf }.ToJsonString();
            string made = $"{golden["text"]!.ToJsonString()} {golden["options"]!.ToJsonString()}";
            if (found != expected)
                differing.Add($"{made}\n  pandas {expected}\n  here   {found}");
        }

        Assert.True(differing.Count == 0, string.Join('\n', differing));
        Assert.True(lines.Length > 200);
    }

    /// <summary>pandas 2 reads it as a missing value, pandas 1 did not.</summary>
    [Fact]
    public void Read_TheWordNone_IsMissing() =>
        Assert.Equal([null, 1.0], Read(Write("a.csv", "a,b\nNone,x\n1,y\n")).Rows.Select(r => r["a"]));

    [Theory]
    [InlineData("a,b\n1,2\n1,2,3\n", "a.csv:3: this row has 3 fields, expected 2 (a, b)")]
    [InlineData("a,b\n1,\"x\n2,y\n", "a.csv:2: a quote \" opens here and is never closed")]
    [InlineData("a,b\n1,\"x\ny\"\n2,\"z\n", "a.csv:4: a quote \" opens here and is never closed")]
    [InlineData("", "a.csv: has no line")]
    public void Read_BadForm_IsOneLineWithFileAndLine(string text, string expected) =>
        Assert.Contains(expected, Message(() => Read(Write("a.csv", text))), StringComparison.Ordinal);

    [Fact]
    public void Read_BytesThatAreNotUtf8_NameTheLineAndTheWayOut()
    {
        File.WriteAllBytes(_folder["a.csv"], [.. "a,b\n1,x\n2,caf"u8, 0xE9, .. "\n"u8]);
        Assert.Contains("a.csv:3: is not UTF-8 (byte 0xe9)", Message(() => Read(_folder["a.csv"])), StringComparison.Ordinal);
        Assert.Equal("café", Read(_folder["a.csv"], new Dictionary<string, object?> { ["encoding"] = "latin-1" }).Rows[1]["b"]);
    }

    [Theory]
    [InlineData("usecols", "usecols is no option of CSV files here")]
    [InlineData("sep", "sep: found ab; expected one character")]
    [InlineData("dtype", "dtype: found ab; expected str")]
    [InlineData("encoding", "encoding: found ab; expected the name of an encoding")]
    public void Open_WrongOption_IsRefusedByName(string option, string expected) => Assert.Contains(
        expected,
        Message(() => Read(Write("a.csv", "a\n1\n"), new Dictionary<string, object?> { [option] = "ab" })),
        StringComparison.Ordinal);

    /// <summary>
    /// <c>datasets</c> types pieces of 10,000 rows and gives all rows the types of the first piece: a gap further down makes no column of
    /// floating point numbers.
    /// </summary>
    [Fact]
    public void Read_ManyRows_HaveTheTypesOfTheFirstTenThousand()
    {
        string file = Write("a.csv", "n,t\n" + string.Concat(Enumerable.Range(0, 10_000).Select(i => $"{i},x\n")) + "5,7\n,8\n6.0,9\n");
        List<IReadOnlyDictionary<string, object?>> rows = Read(file).Rows;
        Assert.Equal([5L, null, 6L], rows.Skip(10_000).Select(r => r["n"]));
        Assert.Equal(["7", "8", "9"], rows.Skip(10_000).Select(r => r["t"]));
        File.AppendAllText(file, "no number,x\n");
        Assert.Contains(
            "a.csv:10004: column n: '6.0' is no whole number", Message(() => Read(file)), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TypesComeFromTheFirstSplit()
    {
        string train = Write("train.csv", "a,b\n1,x\n2,y\n"), test = Write("test.csv", "a,b\n3,5\n,6\n");
        Assert.Equal([3L, null], Read(test, first: train).Rows.Select(r => r["a"]));
        Assert.Equal(["5", "6"], Read(test, first: train).Rows.Select(r => r["b"]));
        Assert.Equal([3.0, null], Read(test).Rows.Select(r => r["a"]));
    }

    public void Dispose() => _folder.Dispose();
}
