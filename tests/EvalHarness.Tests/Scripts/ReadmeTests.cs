using System.Text.RegularExpressions;
using EvalHarness.Tests.Data.Hub;

namespace EvalHarness.Tests.Scripts;

/// <summary>Every command of the README, in its order, typed as it stands, in a folder that has what the README says one needs.</summary>
[Trait("Speed", "slow")]
[Collection(nameof(BuiltProgram))]
public sealed partial class ReadmeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    internal static IEnumerable<string> Commands => Block().Matches(File.ReadAllText(Path.Combine(Shared.Repository, "README.md")))
        .SelectMany(m => m.Groups["lines"].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>What the README fetches: a dataset's shards, a model in a folder of its repository.</summary>
    private static (TestHub Datasets, TestHub Models) Hubs()
    {
        const string shard = "openai_humaneval/test-00000-of-00001.parquet";
        var datasets = new TestHub { Repository = "openai/openai_humaneval", Plural = "datasets", Files = { [shard] = File.ReadAllBytes(Path.Combine(Shared.Hub, "openai", "openai_humaneval", shard)) }, Large = { shard } };
        var models = new TestHub { Repository = "org/name" };
        foreach (string file in Directory.EnumerateFiles(Shared.Model("int8")))
            models.Files[$"cpu/{Path.GetFileName(file)}"] = File.ReadAllBytes(file);
        return (datasets, models);
    }

    private Dictionary<string, string?> Variables(string command, TestHub datasets, TestHub models) =>
        new() { ["HF_HOME"] = _folder["hf"], ["HF_ENDPOINT"] = (command.Contains("--for-tasks", StringComparison.Ordinal) ? datasets : models).Endpoint };

    /// <summary>The toy model reproduces nobody's score, and the exit code says so.</summary>
    private static ExitCode Expected(string command) => command.Contains(" reproduce ", StringComparison.Ordinal) ? ExitCode.NotReproduced : ExitCode.Success;

    [SharedFact]
    public Task Bash_AllCommands_Succeed()
    {
        File.WriteAllText(_folder["run-eval.sh"], $"exec '{Shared.Repository}/run-eval.sh' \"$@\"\n");
        ExternalProgram.Run("chmod", ["+x", "run-eval.sh"], _folder.Path);
        return AssertAllAsync(Shell.Bash, "");
    }

    [PowerShellFact(shared: true)]
    public Task PowerShell_AllCommands_Succeed() => AssertAllAsync(Shell.PowerShell, $"Set-Alias ./run-eval.ps1 '{Shared.Repository}/run-eval.ps1'\n");

    private async Task AssertAllAsync(Shell shell, string before)
    {
        Directory.CreateDirectory(_folder["models"]);
        Directory.CreateSymbolicLink(_folder["models/llama-fp32"], Shared.Model("fp32"));
        Directory.CreateSymbolicLink(_folder["models/llama-int4"], Shared.Model("int4"));
        Directory.CreateSymbolicLink(_folder["datasets"], Shared.Hub);
        _folder.Write("my-tasks/capitals.yaml", "task: capitals\ndataset_path: openai/openai_humaneval\ndataset_name: openai_humaneval\ntest_split: test\ndoc_to_text: task_id\ndoc_to_target: entry_point\ngeneration_kwargs: {until: [\"\\n\"], max_gen_toks: 4}\n");
        Directory.CreateSymbolicLink(_folder["docs"], Path.Combine(Shared.Repository, "docs"));
        _folder.Write("gate.yaml", "rules: [{task: gsm8k, max_drop: 1}, {max_slowdown: 100}]\n");
        (TestHub datasets, TestHub models) = Hubs();
        await using TestHub first = datasets, second = models;
        _folder.Write("wiki.txt", string.Concat(Enumerable.Repeat("Lily and Tom went to the park and played with a big red ball. ", 60)));
        Assert.Contains("./run-eval.sh test", Commands);
        string readme = File.ReadAllText(Path.Combine(Shared.Repository, "README.md"));
        // These have tests of their own: the suite itself, QuickstartTests, and ToolTests for the installed tool.
        foreach (string command in Commands.Where(c => c.StartsWith("./run-eval.sh ", StringComparison.Ordinal) && c.Split(' ')[1] is not ("test" or "quickstart")))
        {
            (int exitCode, string output, string error) = shell.Run(before + command.Replace("run-eval.sh", shell.Script, StringComparison.Ordinal), _folder.Path, Variables(command, datasets, models));
            Assert.True(exitCode == (int)Expected(command), $"{command}: exit code {exitCode}: {error}");
            if (command.Contains(" nightly ", StringComparison.Ordinal))
            {
                // Without the remarks: other tests keep the machine busy, which is remarked.
                foreach (string line in output[..output.IndexOf("\n\n", StringComparison.Ordinal)].Split('\n').Where(l => l.Contains("finished", StringComparison.Ordinal)))
                    Assert.Contains(Digits().Replace(string.Join('|', line.Split('|')[..6]), "0"), Digits().Replace(readme, "0"), StringComparison.Ordinal);
            }

            // The table that the README shows is the one that its second command prints; digits may differ from processor to processor.
            if (command.EndsWith("--output results/first", StringComparison.Ordinal))
                Assert.Contains(Digits().Replace(output, "0"), Digits().Replace(readme, "0"), StringComparison.Ordinal);
        }
    }

    public void Dispose() => _folder.Dispose();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();

    [GeneratedRegex("```sh\n(?<lines>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
