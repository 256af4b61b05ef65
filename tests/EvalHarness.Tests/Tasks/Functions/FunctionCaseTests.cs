using System.Text.Json;
using EvalHarness.Data;
using EvalHarness.Files;
using EvalHarness.Pythonic;
using EvalHarness.Tasks.Functions;
using EvalHarness.Tests.Templates;

namespace EvalHarness.Tests.Tasks.Functions;

/// <summary>Compares every function with what its Python original gave (Tasks/Functions/cases, each file names its source).</summary>
public sealed class FunctionCaseTests
{
    internal static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Tasks", "Functions", "cases");

    /// <summary>Functions without a table, because they share their code with one that has a table, or run programs.</summary>
    private static readonly string[] WithoutTable =
    [
        "bbh/cot_zeroshot/", "humaneval/utils.pass_at_k", "mbpp/utils.pass_at_1", "leaderboard/ifeval/",
        "leaderboard/math/utils.doc_to_text", "mmlu_pro/utils.process_", "afrobench/",
    ];

    /// <summary>Points the folders in which data of Python packages is looked for to small models of this project.</summary>
    static FunctionCaseTests()
    {
        Environment.SetEnvironmentVariable("NLTK_DATA", NltkTests.Data);
        Environment.SetEnvironmentVariable("PYTHONPATH", LanguageDetectorTests.Packages);
    }

    internal static JsonElement Read(string file) => JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(file));

    public static IEnumerable<object[]> Tables =>
        Directory.EnumerateFiles(Folder, "*.json").SelectMany(
            file => Read(file).GetProperty("functions").EnumerateObject().Select(f => new object[] { Path.GetFileName(file), f.Name }));

    [Theory]
    [MemberData(nameof(Tables))]
    public void Function_AsInPython(string file, string name)
    {
        JsonElement[] cases = [.. Read(Path.Combine(Folder, file)).GetProperty("functions").GetProperty(name).EnumerateArray()];
        Assert.NotEmpty(cases);
        int slash = name.LastIndexOf('/');
        TaskFunction function = name == "normalise"
            ? new FieldFunction(_ => null)
            : FunctionCatalog.Find(new FunctionReference(name[(slash + 1)..], name[..slash]))!;
        string[] wrong = [.. cases.Select(c => Check(function, name, c)).OfType<string>()];
        Assert.True(wrong.Length == 0, $"{wrong.Length} of {cases.Length} differ:\n{string.Join('\n', wrong.Take(12))}");
    }

    [Fact]
    public void Catalog_EveryFunctionHasATable()
    {
        string[] tested = [.. Tables.Select(t => (string)t[1])];
        Assert.Equal([], FunctionCatalog.Names.Where(
            name => !tested.Contains(name) && !WithoutTable.Any(w => name.StartsWith(w, StringComparison.Ordinal))));
    }

    /// <returns>What differs, or null.</returns>
    private static string? Check(TaskFunction function, string name, JsonElement c)
    {
        object? expected = TemplateTests.Plain(c.GetProperty("out"));
        object? actual = name == "normalise" ? MinervaMath.Normalise(c.GetProperty("in").GetString()!) : Apply(function, c);
        return Same(expected, actual) ? null : $"{c.GetRawText().ReplaceLineEndings(" ")} gave {Document.ToNode(actual)?.ToJsonString()}";
    }

    internal static object? Apply(TaskFunction function, JsonElement c)
    {
        switch (function)
        {
            case RowFunction rows:
                Func<Document, Document?> row = rows.Make();
                return c.GetProperty("in")
                    .EnumerateArray()
                    .Select(d => row(MakeDocument(d)))
                    .OfType<Document>()
                    .Select(object? (d) => d.Values)
                    .ToList();
            case FieldFunction field:
                return field.Value(MakeDocument(c.GetProperty("in")));
            case AnswersFunction answers:
                var options = new FunctionOptions(
                    (IReadOnlyDictionary<string, object?>)TemplateTests.Plain(c.GetProperty("options"))!, "test");
                AnswersFilter filter = answers.Make(options);
                options.Finish();
                string[] responses = [.. c.GetProperty("responses").EnumerateArray().Select(r => r.GetString()!)];
                FunctionOutcome<FilteredAnswers> outcome = filter(
                    [new FilteredAnswers(responses, IsSingle: false)], [MakeDocument(c.GetProperty("doc"))], CancellationToken.None)[0];
                return outcome.Value?.Values.ToList() ?? throw new FunctionException(outcome.Error!);
            case ResultsFunction results:
                JsonElement[] given = [.. c.GetProperty("results").EnumerateArray()];
                bool texts = given[0].ValueKind == JsonValueKind.String;
                var scored = new FunctionResults(
                    MakeDocument(c.GetProperty("doc")),
                    texts ? [.. given.Select(g => g.GetString()!)] : [],
                    texts ? [] : [.. given.Select(g => g[0].GetDouble())])
                {
                    IsGreedy = texts ? [] : [.. given.Select(g => g[1].GetBoolean())],
                    Filtered = texts ? new FilteredAnswers([.. given.Select(object? (g) => g.GetString())], given.Length == 1) : null,
                };
                FunctionOutcome<IReadOnlyDictionary<string, object?>> score = results.ScoreAll([scored], CancellationToken.None)[0];
                return score.Value ?? throw new FunctionException(score.Error!);
            case AggregationFunction aggregation:
                return aggregation.Aggregate([.. c.GetProperty("in").EnumerateArray().Select(TemplateTests.Plain)]);
            default:
                throw new InvalidOperationException($"{function} is tested elsewhere.");
        }
    }

    internal static Document MakeDocument(JsonElement json) => new((IReadOnlyDictionary<string, object?>)TemplateTests.Plain(json)!);

    /// <summary>
    /// Numbers to the last digit but one (exp differs there between numpy and .NET); whole numbers and truth values by value.
    /// </summary>
    internal static bool Same(object? expected, object? actual) => (Number(expected), Number(actual)) switch
    {
        ({ } a, { } b) => a == b || Math.Abs(a - b) <= 1e-15 * Math.Abs(a),
        _ when expected is IReadOnlyList<object?> x && actual is IReadOnlyList<object?> y => x.Count == y.Count
            && x.Zip(y).All(p => Same(p.First, p.Second)),
        _ when expected is IReadOnlyDictionary<string, object?> x && actual is IReadOnlyDictionary<string, object?> y => x.Count == y.Count
            && x.All(m => y.ContainsKey(m.Key) && Same(m.Value, y[m.Key])),
        _ => Equals(expected, actual),
    };

    private static double? Number(object? value) => value switch
    {
        long number => number,
        double number => number,
        bool flag => flag ? 1 : 0,
        _ => null,
    };
}
