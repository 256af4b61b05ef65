using System.ComponentModel;
using System.Security.Cryptography;
using System.Text;
using EvalHarness.Engines;
using EvalHarness.Results;

namespace EvalHarness.Analysis.Receipts;

/// <summary>What decided the numbers of a run: its model, its tasks, its data, its options and versions.</summary>
internal sealed record ReceiptRun
{
    public required string Model { get; init; }

    [Description("What tables call it: the model, with its device where several runs here are of one, and then with a number")]
    public required string Name { get; init; }

    [Description("onnxruntime-genai, llama.cpp, openai, replay or a plugin's")]
    public required string Engine { get; init; }

    public required string Device { get; init; }

    [Description("Bytes of all files of the model and its adapter; absent where they are not on this machine")]
    public long? DiskBytes { get; init; }

    [Description("Every file of the model, without the adapter")]
    public required IReadOnlyList<ModelFile> Files { get; init; }

    [Description("The LoRA adapter that is laid over the model's weights; absent for none")]
    public ModelFile? Adapter { get; init; }

    [Description("Weights by how they are stored, the largest group first; absent where the files cannot be read")]
    public IReadOnlyList<ReceiptWeights>? Weights { get; init; }

    [Description("Why there are none; absent where there are")]
    public string? WhyNoWeights { get; init; }

    [Description("Settings of the engine in effect")]
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    [Description("Versions of this program and of the libraries that took part")]
    public required IReadOnlyDictionary<string, string> Versions { get; init; }

    [Description("Options that decide numbers and were given a value")]
    public required IReadOnlyDictionary<string, string> Options { get; init; }

    [Description("Eight hexadecimal digits over the options that decide numbers")]
    public required string OptionsHash { get; init; }

    public required IReadOnlyList<ReceiptTask> Tasks { get; init; }

    public required IReadOnlyList<DatasetRecord> Datasets { get; init; }

    [Description("Files of the user that grade")]
    public required IReadOnlyList<ModelFile> GraderFiles { get; init; }

    [Description("The Python of task files that ran; absent where none did")]
    public TaskCodeRecord? TaskCode { get; init; }

    [Description("SHA-256 over all that decides the run's numbers: options, model files, settings, versions, tasks, shards")]
    public required string Identity { get; init; }

    /// <summary>What tables call several runs, so that each has a name of its own.</summary>
    internal static IReadOnlyList<string> NamesOf(IEnumerable<EngineDescription> models)
    {
        EngineDescription[] all = [.. models];
        string[] names =
            [.. all.Select(m => all.Count(o => o.ModelName == m.ModelName) > 1 ? $"{m.ModelName} on {m.Device}" : m.ModelName)];
        return [.. names.Select((n, i) => names.Take(i).Count(o => o == n) is > 0 and var before ? $"{n} ({before + 1})" : n)];
    }

    /// <param name="manifest">The run's.</param>
    /// <param name="name">One of <see cref="NamesOf"/>.</param>
    internal static ReceiptRun Of(Manifest manifest, string name) => new()
    {
        Model = manifest.Model.ModelName,
        Name = name,
        Engine = manifest.Model.Engine,
        Device = manifest.Model.Device,
        DiskBytes = manifest.Model.DiskBytes(),
        Files = manifest.Model.Files,
        Adapter = manifest.Model.Adapter,
        Settings = manifest.Model.Settings,
        Versions = new OrderedDictionary<string, string>(manifest.Versions.Concat(manifest.Model.Versions).DistinctBy(v => v.Key)),
        Options = new OrderedDictionary<string, string>(manifest.Options.Deciding().Where(o => o.Value.Length > 0)),
        OptionsHash = manifest.Options.Hash(),
        Tasks = [.. manifest.Tasks.Select(ReceiptTask.Of)],
        Datasets = manifest.Datasets,
        GraderFiles = manifest.GraderFiles,
        TaskCode = manifest.TaskCode,
        Identity = IdentityOf(manifest),
    };

    private static string IdentityOf(Manifest manifest)
    {
        string text = string.Concat(manifest.Options.Deciding().Concat(manifest.Identity()).Select(p => $"{p.Key}\t{p.Value}\n"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}

/// <summary>A task as a run evaluated it.</summary>
internal sealed record ReceiptTask
{
    public required string Name { get; init; }

    [Description("SHA-256 of its definition, in lower-case hexadecimal")]
    public required string Sha256 { get; init; }

    [Description("Shots per prompt")]
    public required int NumFewshot { get; init; }

    [Description("Documents evaluated")]
    public required int Documents { get; init; }

    [Description("Documents there are")]
    public required int Available { get; init; }

    internal static ReceiptTask Of(TaskRecord task) => new()
    {
        Name = task.Name,
        Sha256 = task.Sha256,
        NumFewshot = task.NumFewShot,
        Documents = task.Documents,
        Available = task.Available,
    };
}

/// <summary>Weights of a model that are stored alike.</summary>
internal sealed record ReceiptWeights
{
    [Description("The element type, such as float16, or the operation that unpacks the weights and its bits")]
    public required string Storage { get; init; }

    [Description("Bits of a value, without its scale")]
    public required int Bits { get; init; }

    [Description("Values that share a scale; absent where values have none")]
    public int? BlockSize { get; init; }

    [Description("accuracy_level of MatMulNBits; absent for other operations")]
    public int? AccuracyLevel { get; init; }

    [Description("Matrices and vectors")]
    public required int Tensors { get; init; }

    [Description("Values")]
    public required long Parameters { get; init; }

    [Description("With scales and zero points")]
    public required long Bytes { get; init; }
}
