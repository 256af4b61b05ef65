using System.Text.Json;
using EvalHarness.Analysis.Receipts;
using EvalHarness.Files;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Analysis.Receipts;

/// <summary>Runs of the embedded models over a few documents, made once for all tests that make receipts of them.</summary>
public sealed class ReceiptRuns : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    internal string this[string name] => _folder[name];

    internal static string Model(string precision) =>
        Path.Combine(Shared.Repository, "src", "TinyModel", "models", $"tiny-{precision}");

    internal static async Task RunAsync(string model, string output) => await CommandLine.SucceedAsync(
        "run", "--model", model, "--tasks", "quick_gsm8k,quick_mmlu_reading,quick_mmlu_addition", "--limit", "6", "--quiet",
        "--output", output, "--datasets", Path.Combine(Shared.Repository, "datasets"));

    /// <summary>Makes a receipt into a folder of its own.</summary>
    /// <returns>The receipt's file, and what the program printed.</returns>
    internal async Task<(string File, CommandLineResult Result)> MakeAsync(params string[] arguments)
    {
        string output = Path.Combine(_folder.Path, Path.GetRandomFileName());
        return (Path.Combine(output, "receipt.json"), await CommandLine.SucceedAsync(["receipt", .. arguments, "--output", output]));
    }

    internal async Task<Receipt> ReadAsync(params string[] arguments) => await ReadFileAsync((await MakeAsync(arguments)).File);

    internal static async Task<Receipt> ReadFileAsync(string file) =>
        JsonSerializer.Deserialize<Receipt>(await File.ReadAllTextAsync(file), ResultsJson.Indented)!;

    public async Task InitializeAsync()
    {
        await RunAsync(Model("fp32"), _folder["fp32"]);
        await RunAsync(Model("int4"), _folder["int4"]);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _folder.Dispose();
}
