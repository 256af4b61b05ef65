using System.Security.Cryptography;
using System.Text;
using EvalHarness.Data.Hub;
using EvalHarness.Engines;
using EvalHarness.Nightly.Culprits;
using EvalHarness.Results;

namespace EvalHarness.Tests.Nightly.Culprits;

/// <summary>A model of the hub whose name stands for other files since.</summary>
public sealed class EarlierModelTests : IDisposable
{
    private static readonly string Old = new('a', 40), New = new('b', 40);

    private readonly TemporaryFolder _folder = new();

    private static Manifest ManifestOf(string model, params (string Name, string Text)[] files) => new()
    {
        Options = new RunOptions { Model = model, Tasks = [] },
        Model = new EngineDescription
        {
            Engine = "replay",
            ModelPath = model,
            ModelName = "m",
            Device = "cpu",
            Files =
            [
                .. files.Select(f => new ModelFile(
                    f.Name, f.Text.Length, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(f.Text))))),
            ],
        },
        Datasets = [],
        Tasks = [],
        Machine = new Machine { Cpu = "c", Cores = 1, Memory = 1, System = "s" },
        Versions = new Dictionary<string, string>(),
        Sessions = [],
    };

    [Theory]
    [InlineData("org/m", "", "org/m@", "old")]
    [InlineData("org/m/cpu@main", "cpu/", "org/m/cpu@", "old")]
    [InlineData("org/m", "", null, "neither")]
    public async Task Snapshot_WithTheFilesOfTheRun_IsFound(string model, string below, string? name, string weights)
    {
        foreach ((string commit, string text) in ((string, string)[])[(New, "new"), (Old, "old")])
        {
            _folder.Write($"models--org--m/snapshots/{commit}/{below}genai_config.json", "{}");
            _folder.Write($"models--org--m/snapshots/{commit}/{below}data/weights.onnx", text);
        }

        Manifest run = ManifestOf(model, ("genai_config.json", "{}"), ("data/weights.onnx", weights));
        string? found = await EarlierModel.FindAsync(run, new HubCache(_folder.Path), CancellationToken.None);
        Assert.Equal(name is null ? null : $"{name}{Old}", found);
    }

    public void Dispose() => _folder.Dispose();
}
