using System.Text.Json;
using EvalHarness.Data;
using EvalHarness.Files;
using EvalHarness.Pythonic;
using EvalHarness.Sandbox;
using EvalHarness.Tasks.Code;
using EvalHarness.Tasks.Functions;
using EvalHarness.Tests.Sandbox;
using EvalHarness.Tests.Tasks.Functions;
using EvalHarness.Tests.Templates;

namespace EvalHarness.Tests.Tasks.Code;

/// <summary>
/// The functions of lm-evaluation-harness that have an equivalent here, run in the sandbox over the documents of the equivalents' own
/// tables: whichever of the two runs, the values are the same. The Python files are read from LMEVAL_TASKS.
/// </summary>
[Trait("Speed", "slow")]
public sealed class EquivalentTests
{
    /// <summary>Python files that need packages of which not every machine has all, so that only their equivalents run.</summary>
    private static readonly Dictionary<string, string> Needs = new()
    {
        ["bbh/zeroshot/utils.NumberParseRegexFilter"] = "regex and word2number",
        ["humaneval/"] = "Hugging Face's code_eval",
        ["ifeval/"] = "nltk and langdetect",
        ["leaderboard/math/"] = "sympy, math_verify and antlr4",
        ["mbpp/"] = "Hugging Face's code_eval",
        ["minerva_math/"] = "sympy, math_verify and antlr4",
        ["truthfulqa/utils.process_results_gen"] = "Hugging Face's bleu and rouge",
    };

    public static IEnumerable<object[]> Tables =>
        FunctionCaseTests.Tables.Where(table => ((string)table[1]).Contains('/', StringComparison.Ordinal));

    [SkippableTheory]
    [MemberData(nameof(Tables))]
    public void Function_InTheSandbox_GivesWhatItsEquivalentGives(string file, string name)
    {
        string? tasks = Environment.GetEnvironmentVariable("LMEVAL_TASKS");
        Skip.If(tasks is null, "needs LMEVAL_TASKS, the folder lm_eval/tasks of lm-evaluation-harness");
        Skip.If(TestBackends.All.Count == 0, "no sandbox works on this machine");
        string? needs = Needs.FirstOrDefault(n => name.StartsWith(n.Key, StringComparison.Ordinal)).Value;
        Skip.If(needs is not null, $"needs {needs}");
        int slash = name.LastIndexOf('/');
        var function = new FunctionReference(name[(slash + 1)..], $"{tasks}/{name[..slash]}");
        using var code = new BoxedCode(BoxBackend.Named("auto"), new CodeSettings());
        code.Load(function);
        TaskFunction equivalent = FunctionCatalog.Find(function)!;
        JsonElement table = FunctionCaseTests.Read(Path.Combine(FunctionCaseTests.Folder, file)).GetProperty("functions").GetProperty(name);
        JsonElement[] cases = [.. table.EnumerateArray()];
        string[] wrong = [.. cases.Select(c => Check(code, function, equivalent, c)).OfType<string>()];
        Assert.True(wrong.Length == 0, $"{wrong.Length} of {cases.Length} differ:\n{string.Join('\n', wrong.Take(12))}");
    }

    /// <returns>What differs, or null.</returns>
    private static string? Check(BoxedCode code, FunctionReference function, TaskFunction equivalent, JsonElement c)
    {
        object? actual;
        try
        {
            actual = equivalent is RowFunction
                ? Processed(code, function, c.GetProperty("in"))
                : FunctionCaseTests.Apply(Bound(code, function, equivalent), c);
        }
        catch (FunctionException e)
        {
            actual = e.Message;
        }

        return FunctionCaseTests.Same(TemplateTests.Plain(c.GetProperty("out")), actual)
            ? null
            : $"{c.GetRawText().ReplaceLineEndings(" ")} gave {Document.ToNode(actual)?.ToJsonString()}";
    }

    /// <summary>The function of the Python file as the same kind of function as its equivalent.</summary>
    private static TaskFunction Bound(BoxedCode code, FunctionReference function, TaskFunction equivalent)
    {
        var scoring = new BoxedScoring(code);
        return equivalent switch
        {
            FieldFunction => new FieldFunction(document => code.Rows(
                new CodeCall(CodeOperation.Fields, [function], new Dictionary<string, object?>()),
                [[document.Values]],
                CancellationToken.None)[0].Get()),
            AnswersFunction => scoring.Answers(function),
            ResultsFunction => scoring.Results(function),
            AggregationFunction => scoring.Aggregation(function),
            _ => throw new InvalidOperationException($"{function} is tested elsewhere."),
        };
    }

    private static List<object?> Processed(BoxedCode code, FunctionReference function, JsonElement table)
    {
        Document[] rows = [.. table.EnumerateArray().Select(FunctionCaseTests.MakeDocument)];
        using ICodeSplit split = code.OpenSplit(function, [.. rows[0].Values.Keys], CancellationToken.None);
        split.Add(rows);
        return [.. split.Process(function).Select(object? (p) => (p.Document ?? rows[(int)p.Row!.Value]).Values)];
    }
}
