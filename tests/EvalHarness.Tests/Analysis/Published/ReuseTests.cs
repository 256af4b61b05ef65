using System.Text.Json.Nodes;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Analysis.Published;

/// <summary><c>reproduce</c> takes up an earlier run only if everything that decides its numbers is the same.</summary>
[Trait("Speed", "slow")]
public sealed class ReuseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ReuseTests()
    {
        TinyData.Fill(_folder);
        string model = Path.Combine(Shared.Repository, "src", "TinyModel", "models", "tiny-int4");
        Directory.CreateDirectory(_folder["model"]);
        foreach (string file in Directory.EnumerateFiles(model))
            File.Copy(file, Path.Combine(_folder["model"], Path.GetFileName(file)));
        Register("num_fewshot: 0");
    }

    private void Register(string setting) => _folder.Write("scores.yaml", $$"""
        sources:
          - {id: own, title: Own measurement, address: 'https://example.org', read: 2026-11-21}
        protocols:
          - {id: p, tasks: tiny, metric: exact_match, filter: none, {{setting}} }
        scores:
          - {model: tiny, benchmark: tiny, value: 50.0, source: own, protocol: p}
        """);

    private async Task<(string Run, string Error)> ReproduceAsync(params string[] more)
    {
        CommandLineResult result = await CommandLine.RunAsync(
        [
            "reproduce", "--model", _folder["model"], "--as", "tiny", "--registry", _folder["scores.yaml"],
            "--include-path", _folder["tasks"],
            "--datasets", _folder["data"], "--output", _folder["runs"], "--no-ladder", "--json", .. more,
        ]);
        Assert.True(result.ExitCode is (int)ExitCode.Success or (int)ExitCode.NotReproduced, result.Error);
        return ((string)JsonNode.Parse(result.Output)![0]!["run"]!, result.Error);
    }

    [Theory]
    [InlineData("seed")]
    [InlineData("documents")]
    [InlineData("limit of tokens")]
    [InlineData("context")]
    [InlineData("shots")]
    [InlineData("chat template")]
    [InlineData("task definition")]
    [InlineData("data")]
    [InlineData("model file")]
    public async Task Reproduce_AfterAChange_MeasuresAgainBesideTheOldRun(string what)
    {
        (string first, string error) = await ReproduceAsync();
        Assert.Equal((_folder["runs/p"], "tiny, 0 shots"), (first, error.Trim()));
        string before = await File.ReadAllTextAsync(_folder["runs/p/manifest.json"]);
        string[] options = Change(what);

        (string second, error) = await ReproduceAsync(options);
        Assert.Contains("shots", error, StringComparison.Ordinal);
        Assert.NotEqual(first, second);
        Assert.Equal(before, await File.ReadAllTextAsync(_folder["runs/p/manifest.json"]));

        // Asked for once more, the second run is found again, and nothing is measured a third time.
        (string third, error) = await ReproduceAsync(options);
        Assert.Equal(second, third);
        Assert.DoesNotContain("shots", error, StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetDirectories(_folder["runs"]).Length);
    }

    private string[] Change(string what)
    {
        switch (what)
        {
            case "seed":
                return ["--seed", "7"];
            case "documents":
                return ["--limit", "3"];
            case "limit of tokens":
                return ["--gen-kwargs", "max_gen_toks=3"];
            case "context":
                return ["--max-length", "100"];
            case "shots":
                Register("num_fewshot: 1");
                return [];
            case "chat template":
                Register("num_fewshot: 0, apply_chat_template: true");
                return [];
            case "task definition":
                _folder.Write("tasks/tiny.yaml", TinyData.Task + "\ndescription: Add.");
                return [];
            case "data":
                TinyData.WriteShard(_folder["data"], "test-00000-of-00001.parquet", Enumerable.Range(1, 6).Select(TinyData.MakeRow));
                return [];
            default:
                File.AppendAllText(_folder["model/tokenizer_config.json"], "\n");
                return [];
        }
    }

    public void Dispose() => _folder.Dispose();
}
