using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Nightly;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Nightly.Culprits;

/// <summary><c>culprit</c> on pairs of runs of which it is known what moved their rows. Recorded answers are the model.</summary>
[Trait("Speed", "slow")]
[Collection(nameof(Gating.StepSummary))]
public sealed class CulpritCommandTests : IDisposable
{
    private const int Rows = 20;

    private const string OtherAnswer = "other";

    private readonly TemporaryFolder _folder = new();

    public CulpritCommandTests() => _folder.Write("tasks/tiny.yaml", TinyData.Task);

    /// <summary>A file of recorded answers. The name of the file is in each of its lines, so that no two files are the same.</summary>
    private string Model(string name, Func<int, string> answer) => _folder.Write(
        $"{name}.jsonl",
        string.Join('\n', Enumerable.Range(0, Rows).Select(i => JsonSerializer.Serialize(
            new { context = $"Q: What is {i} + {i}?\nA:", response = answer(i), made = name }))));

    /// <summary>A folder of datasets. A column that the task does not read makes its files differ from those of other folders.</summary>
    private string Data(string root, int label, Func<int, bool>? wrong = null)
    {
        TinyData.WriteShard(_folder[root], "test-00000-of-00001.parquet", Enumerable.Range(0, Rows).Select(i =>
            TinyData.MakeRow(i) with { Label = label, Answer = wrong?.Invoke(i) == true ? OtherAnswer : $"{2 * i}" }));
        TinyData.WriteShard(_folder[root], "train-00000-of-00001.parquet", Enumerable.Range(1000, 3).Select(TinyData.MakeRow));
        return _folder[root];
    }

    private async Task<string> RunAsync(string name, string model, string data, params string[] more)
    {
        await CommandLine.SucceedAsync(
        [
            "run", "--model", $"replay:{model}", "--tasks", "tiny", "--include-path", _folder["tasks"], "--datasets", data,
            "--output", _folder[name], "--quiet", .. more,
        ]);
        return _folder[name];
    }

    private async Task<JsonNode> FindAsync(string before, string after, params string[] more)
    {
        CommandLineResult result = await CommandLine.SucceedAsync(
            ["culprit", before, after, "--output", _folder["culprit"], "--json", .. more]);
        return JsonNode.Parse(result.Output)!;
    }

    private static string[] Culprits(JsonNode report) => [.. report["culprits"]!.AsArray().Select(c => (string)c!)];

    private static JsonNode Change(JsonNode report, string name) =>
        report["changes"]!.AsArray().Single(c => (string?)c!["name"] == name)!;

    /// <summary>
    /// All three differ between the runs, and another option that is a part of the task's definition; one of them moves the rows.
    /// </summary>
    [Theory]
    [InlineData("model")]
    [InlineData("data")]
    [InlineData("--think-end-token")]
    public async Task ModelDataAndOptionChanged_OneIsGuilty_IsNamed(string guilty)
    {
        static bool Flips(int i) => i is >= 4 and < 11;
        // Without the option, what stands before the marker is graded too.
        string Right(int i) => guilty == "--think-end-token" && Flips(i) ? $"let me see</t>{2 * i}" : $"{2 * i}";
        string earlier = Model("earlier", Right);
        string later = Model("later", i => guilty == "model" && Flips(i) ? "no" : Right(i));
        string before = await RunAsync("before", earlier, Data("data1", label: 1), "--think-end-token", "</t>");
        string after = await RunAsync(
            "after", later, Data("data2", label: 2, wrong: i => guilty == "data" && Flips(i)),
            "--gen-kwargs", "max_gen_toks=17");
        JsonNode report = await FindAsync(before, after);
        Assert.Equal(("one", 7, Rows), ((string?)report["verdict"], (int)report["flipped"]!, (int)report["compared"]!));
        Assert.Equal([guilty], Culprits(report));
        Assert.Contains(
            "7 of 7 flipped rows go back when it is set back alone, and none of 7", (string)report["sentence"]!, StringComparison.Ordinal);
        Assert.Equal(["model", "data", "--gen-kwargs", "--think-end-token"], report["changes"]!.AsArray().Select(c => (string)c!["name"]!));
        foreach (JsonNode? change in report["changes"]!.AsArray())
        {
            bool isGuilty = (string?)change!["name"] == guilty;
            Assert.Equal((7, isGuilty ? 7 : 0), ((int)change["flipped"]!, (int)change["back"]!));
            Assert.Equal((7, 0), ((int)change["others"]!, (int)change["moved"]!));
            Assert.Null(change["failure"]);
        }

        Assert.All(report["repeats"]!.AsArray(), r => Assert.Equal((0, 0), ((int)r!["back"]!, (int)r["moved"]!)));
        Assert.Equal(7, (int)report["all"]!["back"]!);
        // The search's own runs are no nights.
        JsonNode history = JsonNode.Parse((await CommandLine.SucceedAsync("history", _folder.Path, "--json")).Output)!;
        Assert.DoesNotContain("culprit", history.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(report.ToJsonString(), JsonNode.Parse(File.ReadAllText(_folder["culprit/culprit.json"]))!.ToJsonString());
    }

    [Fact]
    public async Task TwoChangesMoveOtherRows_BothAreNamed()
    {
        string before = await RunAsync("before", Model("earlier", i => $"{2 * i}"), Data("data1", label: 1));
        string after = await RunAsync("after", Model("later", i => i < 8 ? "no" : $"{2 * i}"), Data("data2", 2, i => i >= 14));
        JsonNode report = await FindAsync(before, after);
        Assert.Equal("several", (string?)report["verdict"]);
        Assert.Equal(["model", "data"], Culprits(report));
    }

    /// <summary>Each of the two is enough to lose the rows, so neither alone brings them back.</summary>
    [Fact]
    public async Task TwoChangesLoseTheSameRows_NoneAloneIsNamed()
    {
        string before = await RunAsync("before", Model("earlier", i => $"{2 * i}"), Data("data1", label: 1));
        string after = await RunAsync("after", Model("later", i => i < 8 ? "no" : $"{2 * i}"), Data("data2", 2, i => i < 8));
        JsonNode report = await FindAsync(before, after);
        Assert.Equal("together", (string?)report["verdict"]);
        Assert.Empty(Culprits(report));
        Assert.Equal(8, (int)report["all"]!["back"]!);
    }

    /// <summary>A night's model is often replaced where it lies. A path with other files must not pass for the base's model.</summary>
    [Fact]
    public async Task ModelReplacedInPlace_IsNamedOnlyWithACopyOfIt()
    {
        string model = Model("model", i => $"{2 * i}");
        string before = await RunAsync("before", model, Data("data", label: 1));
        string copy = _folder["copy.jsonl"];
        File.Copy(model, copy);
        Model("model", i => i < 6 ? "no" : $"{2 * i}");
        string after = await RunAsync("after", model, _folder["data"]);
        // And the base is of an earlier version, which nothing here can set back.
        string manifest = Path.Combine(before, "manifest.json");
        JsonNode earlier = JsonNode.Parse(File.ReadAllText(manifest))!;
        earlier["versions"]!["EvalHarness"] = "0.1.0";
        File.WriteAllText(manifest, earlier.ToJsonString());
        JsonNode report = await FindAsync(before, after);
        Assert.Equal("none", (string?)report["verdict"]);
        Assert.Contains("what cannot be set back here, and may: model (", (string?)report["sentence"], StringComparison.Ordinal);
        Assert.Contains("EvalHarness (0.1.0 → ", (string?)report["sentence"], StringComparison.Ordinal);
        Assert.Contains("--base-model DIR names a copy", (string?)Change(report, "model")["failure"], StringComparison.Ordinal);
        Assert.Equal("one", (string?)(await FindAsync(before, after, "--base-model", $"replay:{copy}"))["verdict"]);
        // A model that is not the base's is found out when it has run.
        JsonNode wrong = await FindAsync(before, after, "--base-model", $"replay:{Model("third", i => $"{2 * i}")}");
        Assert.Contains("are no longer those that", (string?)Change(wrong, "model")["failure"], StringComparison.Ordinal);
        Assert.Empty(Culprits(wrong));
    }

    /// <summary>A new revision of a dataset came into the hub's cache, which still has the old one.</summary>
    [Fact]
    public async Task RevisionOfTheDataChanged_OldSnapshotIsFound()
    {
        string cache = _folder["cache/datasets--org--tiny"];
        void Snapshot(char commit, string from)
        {
            string folder = Path.Combine(cache, "snapshots", new string(commit, 40));
            Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
            Directory.Move(Path.Combine(from, "org", "tiny"), folder);
            _folder.Write("cache/datasets--org--tiny/refs/main", new string(commit, 40));
        }

        string model = Model("model", i => $"{2 * i}");
        Snapshot('a', Data("data1", label: 1));
        string before = await RunAsync("before", model, _folder["cache"]);
        Snapshot('b', Data("data2", label: 1, wrong: i => i % 3 == 0));
        string after = await RunAsync("after", model, _folder["cache"]);
        JsonNode report = await FindAsync(before, after);
        Assert.Equal(["data"], Culprits(report));
    }

    [Fact]
    public async Task FewRows_AreNotEnoughToNameAChange()
    {
        string data = Data("data", label: 1);
        string before = await RunAsync("before", Model("earlier", i => $"{2 * i}"), data);
        string after = await RunAsync("after", Model("later", i => i < 2 ? "no" : $"{2 * i}"), data);
        JsonNode report = await FindAsync(before, after);
        Assert.Equal("too_few_rows", (string?)report["verdict"]);
        Assert.Contains("model (2 of 2), which chance alone can do", (string)report["sentence"]!, StringComparison.Ordinal);
        // Two rows of which neither moves in any of six repeats: (1/7)^2 = 0.02.
        Assert.Equal("one", (string?)(await FindAsync(before, after, "--runs", "6"))["verdict"]);
    }

    /// <summary>A run keeps no task files, so that those which were changed in their place can only be named.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TaskFileChanged_IsSetBackIfTheOldOneIsStillThere(bool isElsewhere)
    {
        string model = Model("model", i => $"{2 * i}"), data = Data("data", label: 1);
        string before = await RunAsync("before", model, data);
        string changed = TinyData.Task.Replace("doc_to_target: answer", "doc_to_target: label", StringComparison.Ordinal);
        _folder.Write($"{(isElsewhere ? "other" : "tasks")}/tiny.yaml", changed);
        string after = await RunAsync("after", model, data, isElsewhere ? ["--include-path", _folder["other"]] : []);
        JsonNode report = await FindAsync(before, after);
        Assert.Equal(isElsewhere ? ["task files"] : [], Culprits(report));
        Assert.Equal(
            isElsewhere ? null : "the definition of tiny changed where it stands, and a run keeps no copy of it",
            (string?)Change(report, "task files")["failure"]);
        Assert.Contains("task files (", (string)report["sentence"]!, StringComparison.Ordinal);
    }

    /// <summary>A night that falls says by itself what made it fall, and is as red as without the search.</summary>
    [Fact]
    public async Task Night_ThatFalls_NamesTheCulprit()
    {
        string before = await RunAsync("before", Model("earlier", i => $"{2 * i}"), Data("data1", label: 1));
        string later = Model("later", i => i < 9 ? "no" : $"{2 * i}");
        string plan = _folder.Write("plan.yaml", $$"""
            models: [{model: 'replay:{{later}}', name: later}]
            tasks: [{tasks: tiny}]
            options: {include_path: ['{{_folder["tasks"]}}'], datasets: '{{Data("data2", label: 2)}}'}
            gate:
              baseline: {run: '{{before}}'}
              rules: [{max_drop: 1}]
              culprit: true
            """);
        CommandLineResult night = await CommandLine.RunAsync("nightly", plan, "--output", _folder["nights"]);
        Assert.Equal((int)ExitCode.Regression, night.ExitCode);
        string said = $"culprit of later-cpu-tiny against {before}: model (replay-earlier ";
        Assert.Contains(said, night.Output, StringComparison.Ordinal);
        Assert.Contains("9 of 9 flipped rows go back", night.Output, StringComparison.Ordinal);
        string folder = Directory.GetDirectories(_folder["nights"]).Single();
        Assert.Contains("9 of 9 flipped rows go back", File.ReadAllText(Path.Combine(folder, "summary.md")), StringComparison.Ordinal);
        NightCulprit found = Assert.Single(Night.Read(folder).Culprits!);
        Assert.Equal(["model"], found.Culprits);
    }

    /// <summary>A key that would do nothing is refused.</summary>
    [Fact]
    public async Task Gate_CulpritWithoutBaseline_IsOneLine()
    {
        string run = await RunAsync("before", Model("earlier", i => $"{2 * i}"), Data("data", label: 1));
        string rules = _folder.Write("gate.yaml", "rules: [{max_drop: 1}]\nculprit: true\n");
        CommandLineResult result = await CommandLine.RunAsync("gate", "--rules", rules, run, run);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains("culprit: true is for a nightly plan with a baseline", result.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SameScores_NothingIsRun()
    {
        string data = Data("data", label: 1);
        string before = await RunAsync("before", Model("earlier", i => $"{2 * i}"), data);
        string after = await RunAsync("after", Model("later", i => $"{2 * i}"), data);
        CommandLineResult result = await CommandLine.SucceedAsync("culprit", before, after, "--output", _folder["culprit"]);
        Assert.Contains("0 of 20 rows flipped; no row flipped", result.Output, StringComparison.Ordinal);
        Assert.Equal(["culprit.json"], Directory.EnumerateFileSystemEntries(_folder["culprit"]).Select(Path.GetFileName));
    }

    [Fact]
    public async Task CandidateThatIsGone_IsOneLine()
    {
        string data = Data("data", label: 1), later = Model("later", i => i < 6 ? "no" : $"{2 * i}");
        string before = await RunAsync("before", Model("earlier", i => $"{2 * i}"), data);
        string after = await RunAsync("after", later, data);
        Model("later", i => $"{3 * i}");
        CommandLineResult result = await CommandLine.RunAsync("culprit", before, after, "--output", _folder["culprit"]);
        Assert.Equal((int)ExitCode.Incomparable, result.ExitCode);
        Assert.Contains("cannot be run again as it was, so nothing can be compared with it", result.ErrorLine, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--rows", "0", "--rows 0: expected 1 or more")]
    [InlineData("--runs", "0", "--runs 0: expected 1 or more")]
    [InlineData("--metric", "exact", "--metric exact: no task of both runs has it; they have exact_match")]
    public async Task Mistake_IsOneLine(string option, string value, string said)
    {
        string run = await RunAsync("before", Model("earlier", i => $"{2 * i}"), Data("data", label: 1));
        CommandLineResult result = await CommandLine.RunAsync("culprit", run, run, "--output", _folder["culprit"], option, value);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains(said, result.ErrorLine, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
