using EvalHarness.Tests.Adapters;
using EvalHarness.Tests.Data.Hub;
using EvalHarness.Tests.LlamaCpp;

namespace EvalHarness.Tests.Scripts;

/// <summary>
/// A folder with what a page says one needs: the files of a clone, the datasets of the built-in tasks, a model folder, and a hub on the
/// loopback interface.
/// </summary>
internal sealed class DocumentationFolder : IAsyncDisposable
{
    private const string Phi = "cpu_and_mobile/cpu-int4-rtn-block-32-acc-level-4";
    private const string HumanEval = "openai_humaneval/test-00000-of-00001.parquet";

    private readonly TemporaryFolder _folder = new();
    private readonly Shell _shell;
    private readonly TestHub _model = new() { Repository = "microsoft/Phi-4-mini-instruct-onnx" };
    private readonly TestHub _dataset = new() { Repository = "openai/openai_humaneval", Plural = "datasets", Large = { HumanEval } };
    private readonly TestHub _hub = new() { Repository = "none/none" };

    internal DocumentationFolder(Shell shell)
    {
        _shell = shell;
        _folder.Write("run-eval.sh", $"exec '{Shared.Repository}/run-eval.sh' \"$@\"\n");
        if (shell == Shell.Bash)
            ExternalProgram.Run("chmod", ["+x", "run-eval.sh"], _folder.Path);
        foreach (string name in (string[])["README.md", "docs", "src", "tests", "artifacts"])
            Directory.CreateSymbolicLink(_folder[name], Path.Combine(Shared.Repository, name));
        Link("models/llama-3.1-8b-instruct", Shared.Model("fp32"));
        GgufModels.WriteTiny(_folder["models"], GgufWriter.Q4_0);
        LoraModel.Write(_folder["models/tiny-lora"]);
        Directory.CreateDirectory(_folder["adapters"]);
        LoraModel.WriteAdapter(_folder["adapters/poems.onnx_adapter"], seed: 7, rank: 4, size: 2);
        LoraModel.WriteAdapter(_folder["adapters/letters.onnx_adapter"], seed: 8, rank: 4, size: 0.02);
        Link("datasets/evalharness", Path.Combine(Shared.Repository, "datasets", "evalharness"));
        foreach (string organization in Directory.EnumerateDirectories(Shared.Hub))
            Link($"datasets/{Path.GetFileName(organization)}", organization);
        foreach (string file in Directory.EnumerateFiles(Shared.Model("int4")))
            _model.Files[$"{Phi}/{Path.GetFileName(file)}"] = File.ReadAllBytes(file);
        string[] path = [Shared.Hub, .. _dataset.Repository.Split('/'), .. HumanEval.Split('/')];
        _dataset.Files[HumanEval] = File.ReadAllBytes(Path.Combine(path));
        // One address for all repositories, which leads on to the server of each.
        TestHub[] served = [_model, _dataset];
        _hub.Instead = (request, _) =>
            served.FirstOrDefault(h => request.Path.Contains($"/{h.Repository}/", StringComparison.Ordinal)) is { } one
            ? new HubAnswer("307 Temporary Redirect", [$"Location: {one.Endpoint}{request.Path}"], [])
            : null;
    }

    private void Link(string name, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        Directory.CreateSymbolicLink(_folder[name], target);
    }

    internal void Write(string name, string text) => _folder.Write(name, text);

    /// <summary>Types a line of a page as it stands, but for the name of the other shell's script.</summary>
    internal (int ExitCode, string Output, string Error) Type(string command)
    {
        string before = _shell == Shell.Bash ? "" : $"Set-Alias ./run-eval.ps1 '{Shared.Repository}/run-eval.ps1'\n";
        string typed = command.Replace(Shell.Bash.Script, _shell.Script, StringComparison.Ordinal);
        var variables = new Dictionary<string, string?>
        {
            ["HF_HOME"] = _folder["hf"],
            ["HF_ENDPOINT"] = _hub.Endpoint,
            ["HF_TOKEN"] = null,
        };
        return _shell.Run(before + typed, _folder.Path, variables);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (TestHub hub in (TestHub[])[_hub, _model, _dataset])
            await hub.DisposeAsync();
        _folder.Dispose();
    }
}
