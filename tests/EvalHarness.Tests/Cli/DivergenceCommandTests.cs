using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Files;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Scoring.Metrics;

namespace EvalHarness.Tests.Cli;

public sealed class DivergenceCommandTests : IDisposable
{
    private const int Context = 100;

    private readonly TemporaryFolder _folder = new();

    private static string Text { get; } = string.Concat(
        Enumerable.Range(0, 60).Select(i => $"Lily had {i * 7919 % 1000} apples and gave {i} to Tom. They were very happy. "));

    private string[] Arguments(string candidate, params string[] more) =>
        [
            "divergence",
            "--base", Shared.Model("fp32"),
            "--candidate", candidate,
            "--text", _folder.Write("text.txt", Text),
            "--context", $"{Context}",
            .. more,
        ];

    private async Task<DivergenceReport> CompareAsync(string candidate, params string[] more) =>
        JsonSerializer.Deserialize<DivergenceReport>(
            (await CommandLine.SucceedAsync([.. Arguments(candidate, "--json"), .. more])).Output, ResultsJson.Indented)!;

    [SharedFact]
    public async Task Divergence_FromItself_IsZero()
    {
        DivergenceReport report = await CompareAsync(Shared.Model("fp32"));
        Assert.Equal((0.0, 0.0, 1.0), (report.Divergence.Value, report.Largest, report.SameTop.Value));
        Assert.Equal((0.0, 0.0), (report.ProbabilityChange.Value, report.LogPerplexityRatio.Value));
        Assert.True(report.Tokens > 500);
    }

    /// <summary>Errors stand beside what they belong to; of too few tokens they are not printed, and the last line says why.</summary>
    [SharedFact]
    public async Task Divergence_Table_HasErrorsOfBlocksOrSaysWhatTheyNeed()
    {
        string text = _folder.Write("long.txt", string.Concat(Enumerable.Repeat(Text, 5)));
        string[] more = ["--text", text, "--context", "256", "--chunks"];
        string[] models = ["divergence", "--base", Shared.Model("fp32"), "--candidate", Shared.Model("int4"), .. more];
        string enough = (await CommandLine.SucceedAsync([.. models, "20"])).Output;
        Assert.Contains("2540 tokens compared; errors are those of 5 blocks of neighbouring tokens", enough, StringComparison.Ordinal);
        Assert.Equal(6, enough.Split('\n').Count(line => line.Contains('[', StringComparison.Ordinal)));
        string few = (await CommandLine.SucceedAsync([.. models, "19"])).Output;
        Assert.Contains(
            "2413 tokens compared; errors need 5 chunks or more with 5120 tokens of text in all, and this text has 19 with 4864",
            few,
            StringComparison.Ordinal);
        Assert.DoesNotContain("[", few, StringComparison.Ordinal);
    }

    /// <summary>A task's documents are the text that its prompts and answers make.</summary>
    [SharedFact]
    public async Task Divergence_ByTask_IsThatOfItsText()
    {
        TinyData.Fill(_folder);
        string[] models = ["divergence", "--base", Shared.Model("fp32"), "--candidate", Shared.Model("int4"), "--context", "16", "--json"];
        string byTask = (await CommandLine.SucceedAsync(
            [.. models, "--tasks", "tiny", "--include-path", _folder["tasks"], "--datasets", _folder["data"]])).Output;
        string text = string.Concat(Enumerable.Range(0, 6).Select(i => $"Q: What is {i} + {i}?\nA: {2 * i}\n\n"));
        Assert.Equal((await CommandLine.SucceedAsync([.. models, "--text", _folder.Write("text.txt", text)])).Output, byTask);
    }

    [Fact]
    public async Task Divergence_NeitherTextNorTask_SaysWhatIsExpected()
    {
        CommandLineResult result = await CommandLine.RunAsync("divergence", "--base", "a", "--candidate", "b");
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains("either --text FILE or --tasks NAMES", result.ErrorLine, StringComparison.Ordinal);
    }

    /// <summary>Compares the report with the definitions, computed from whole chunks by plain sums.</summary>
    [SharedFact]
    public async Task Divergence_Quantized_EqualsTheDefinitions()
    {
        DivergenceReport report = await CompareAsync(Shared.Model("int4"), "--chunks", "3");
        using LoadedModel left = LoadedModel.Load(Shared.Model("fp32"), new GenAiOptions()),
            right = LoadedModel.Load(Shared.Model("int4"), new GenAiOptions());
        int[] tokens = left.Tokenizer.Encode(Text);
        List<double> divergences = [], baseLosses = [], losses = [], changes = [];
        for (int chunk = 0; chunk < 3; chunk++)
        {
            int[] text = [1, .. tokens.AsSpan((chunk * Context) + 1, Context - 1)];
            double[][] p = Probabilities(left, text), q = Probabilities(right, text);
            for (int i = Context / 2; i < Context - 1; i++)
            {
                divergences.Add(p[i].Zip(q[i]).Sum(x => x.First * Math.Log(x.First / x.Second)));
                baseLosses.Add(-Math.Log(p[i][text[i + 1]]));
                losses.Add(-Math.Log(q[i][text[i + 1]]));
                changes.Add(q[i][text[i + 1]] - p[i][text[i + 1]]);
            }
        }

        Assert.Equal(divergences.Count, report.Tokens);
        Assert.Equal(divergences.Average(), report.Divergence.Value, 1e-4);
        Assert.Equal(divergences.Max(), report.Largest, 1e-3);
        Assert.Equal(Math.Exp(baseLosses.Average()), report.BasePerplexity, 1e-2);
        Assert.Equal(losses.Zip(baseLosses).Average(x => x.First - x.Second), report.LogPerplexityRatio.Value, 1e-4);
        Assert.Equal(Math.Sqrt(changes.Average(c => c * c)), report.ProbabilityChange.Value, 1e-4);
        Assert.True(report.Divergence.Value > 0.01);
    }

    private static double[][] Probabilities(LoadedModel model, int[] tokens)
    {
        using ModelSession session = model.NewSession(tokens.Length);
        session.Append(tokens);
        LogitRows rows = session.ReadRows();
        return [.. Enumerable.Range(0, rows.Count).Select(i =>
        {
            double[] exponentials = [.. rows[i].ToArray().Select(x => Math.Exp(x))];
            double sum = exponentials.Sum();
            return exponentials.Select(e => e / sum).ToArray();
        })];
    }

    [SharedFact]
    public async Task Divergence_OtherTokens_IsRefused()
    {
        foreach (string file in Directory.EnumerateFiles(Shared.Model("fp32")))
            File.Copy(file, _folder[Path.GetFileName(file)]);
        JsonNode tokenizer = JsonNode.Parse(File.ReadAllText(_folder["tokenizer.json"]))!;
        JsonArray merges = tokenizer["model"]!["merges"]!.AsArray();
        while (merges.Count > 40)
            merges.RemoveAt(merges.Count - 1);
        _folder.Write("tokenizer.json", tokenizer.ToJsonString());
        CommandLineResult result = await CommandLine.RunAsync(Arguments(_folder.Path));
        Assert.Equal((int)ExitCode.Incomparable, result.ExitCode);
        Assert.Contains("split the text differently from token", result.ErrorLine, StringComparison.Ordinal);
    }

    [SharedTheory]
    [InlineData("--context", "100000", ExitCode.Usage, "expected 4 to 8192")]
    [InlineData("--context", "8000", ExitCode.Usage, "expected 8000 or more for one chunk")]
    [InlineData("--chunks", "0", ExitCode.Usage, "expected 1 or more")]
    [InlineData("--text", "nothing.txt", ExitCode.Data, "there is no such file")]
    public async Task Divergence_WrongArguments_AreOneLine(string option, string value, ExitCode exitCode, string expected)
    {
        string[] arguments = [.. Arguments(Shared.Model("int4"))];
        int at = Array.IndexOf(arguments, option);
        CommandLineResult result = await CommandLine.RunAsync(
            at < 0 ? [.. arguments, option, value] : [.. arguments[..at], option, value, .. arguments[(at + 2)..]]);
        Assert.Equal((int)exitCode, result.ExitCode);
        Assert.Contains(expected, result.ErrorLine, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
