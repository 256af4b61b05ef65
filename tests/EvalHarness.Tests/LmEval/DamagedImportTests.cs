using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.LmEval;

/// <summary>Files of samples that were cut or damaged: importing them gives one line, and never a mean over other samples.</summary>
public sealed class DamagedImportTests : IDisposable
{
    private static readonly string Folder = Path.Combine(Shared.Folder, "hostile", "misc");

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names =>
        Directory.Exists(Folder) ? [.. Directory.GetFiles(Folder, "*-import-*").Select(file => Path.GetFileName(file))] : ["none"];

    [SharedTheory]
    [MemberData(nameof(Names))]
    public async Task Import_HostileFile_IsADataError(string name)
    {
        string samples = _folder.Write("samples_t_2026-05-12T01-00-00.jsonl", await File.ReadAllTextAsync(Path.Combine(Folder, name)));
        await AssertRefusedAsync(samples, samples);
    }

    /// <summary>What is done to the lines of a whole file, two of each document, and what the error says of it.</summary>
    private static readonly Dictionary<string, (Func<List<string>, IEnumerable<string>> Damage, string Fragment)> Damages = new()
    {
        ["a sample twice"] = (lines => lines.Append(lines[0]), ":7: Document 0 with filter first is listed twice."),
        ["torn last line"] = (lines => [.. lines[..^1], lines[^1][..40]], ":6: "),
        ["a line less of a filter"] = (lines => lines[..^1], "document 2 has no line with filter second, which 2 of 3 documents have"),
        ["a document less"] = (lines => lines[..^2], "has 2 documents, and "),
        ["a renamed filter"] = (
            lines => [.. lines[..^1], lines[^1].Replace("second", "secund", StringComparison.Ordinal)], "has no line with filter second"),
        ["no metrics"] = (
            lines => [.. lines[..^1], lines[^1].Replace("[\"acc\"]", "[]", StringComparison.Ordinal)],
            "has metrics [], earlier documents have [acc]"),
        ["a tiny score"] = (Last("\"acc\":1.0", "\"acc\":1e-320"), "acc is 1e-320, expected a number"),
        ["a huge score"] = (Last("\"acc\":1.0", "\"acc\":1e400"), "acc is 1e400, expected a number"),
        ["a score whose square is too large"] = (Last("\"acc\":1.0", "\"acc\":1e300"), "acc is 1e300, expected a number"),
        ["a text for a score"] = (Last("\"acc\":1.0", "\"acc\":\"1\""), "acc of document 2 is \"1\", expected a number as in earlier"),
        ["nothing for a score"] = (Last("\"acc\":1.0", "\"acc\":null"), "acc of document 2 is null, expected a number as in earlier"),
        ["a score twice"] = (Last("\"acc\":1.0", "\"acc\":1.0,\"acc\":0.0"), ":6: "),
        ["a document number with a fraction"] = (Last("\"doc_id\":2", "\"doc_id\":2.5"), "doc_id is 2.5, expected a whole number"),
        ["a document number too large"] = (Last("\"doc_id\":2", "\"doc_id\":1e30"), "doc_id is 1e30, expected a whole number"),
        ["a negative document number"] = (Last("\"doc_id\":2", "\"doc_id\":-2"), "doc_id is -2, expected a whole number"),
        ["fewer arguments"] = (
            _ => [Line(0, "first").Replace("[[\"p\",{}]]", "[]", StringComparison.Ordinal)], "has 0 arguments and 1 resps"),
        ["null for text"] = (_ => [Line(0, "first").Replace("[\"p\",{}]", "[null,{}]", StringComparison.Ordinal)], "arguments has null"),
        ["a list for a line"] = (lines => [.. lines, "[1]"], "The line is no JSON object."),
    };

    private static Func<List<string>, IEnumerable<string>> Last(string old, string damaged) =>
        lines => [.. lines[..^1], lines[^1].Replace(old, damaged, StringComparison.Ordinal)];

    public static TheoryData<string> DamageNames => [.. Damages.Keys];

    private static string Line(int id, string filter) =>
        $$"""
        {"doc_id":{{id}},"doc":{},"target":"t","arguments":[["p",{}]],"resps":[["r"]],"filtered_resps":["r"],"filter":"{{filter}}",
        "metrics":["acc"],"acc":1.0}
        """.ReplaceLineEndings("");

    private static List<string> Whole() => [.. Enumerable.Range(0, 3).SelectMany(id => (string[])[Line(id, "first"), Line(id, "second")])];

    private string Write(IEnumerable<string> lines)
    {
        _folder.Write("results_2026-05-12T01-00-00.json", """{"n-samples": {"t": {"original": 9, "effective": 3}}}""");
        return _folder.Write("samples_t_2026-05-12T01-00-00.jsonl", string.Join('\n', lines));
    }

    [Fact]
    public async Task Import_WholeFile_HasItsMean()
    {
        CommandLineResult result = await CommandLine.SucceedAsync("import", Write(Whole()), "--output", _folder["run"], "--task", "t");
        Assert.Contains("1.0000", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(DamageNames))]
    public async Task Import_Damaged_IsADataError(string damage) =>
        await AssertRefusedAsync(Write(Damages[damage].Damage(Whole())), Damages[damage].Fragment);

    [Fact]
    public async Task Import_TornResultsBeside_IsADataError()
    {
        string samples = Write(Whole());
        _folder.Write("results_2026-05-12T01-00-00.json", """{"n-samples": {"t": {"orig""");
        await AssertRefusedAsync(samples, "results_2026-05-12T01-00-00.json: ");
    }

    private async Task AssertRefusedAsync(string samples, string fragment)
    {
        CommandLineResult result = await CommandLine.RunAsync("import", samples, "--output", _folder["run"], "--task", "t");
        Assert.True((int)ExitCode.Data == result.ExitCode, $"exit code {result.ExitCode}: {result.Error}");
        Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
        Assert.Contains(fragment, result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["run"]));
    }

    public void Dispose() => _folder.Dispose();
}
