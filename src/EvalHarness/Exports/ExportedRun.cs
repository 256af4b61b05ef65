using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EvalHarness.Data.Hub;
using EvalHarness.Engines;
using EvalHarness.Results;

namespace EvalHarness.Exports;

/// <summary>A finished run as records for others need it.</summary>
internal sealed class ExportedRun
{
    /// <summary>How the names of datasets begin that come with the program and are on no hub.</summary>
    private const string OwnDatasets = "evalharness/";

    private static readonly Dictionary<string, string> EngineVersions = new()
    {
        ["onnxruntime-genai"] = "Microsoft.ML.OnnxRuntimeGenAI",
        ["llama.cpp"] = "LLamaSharp",
    };

    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: the model is only a folder. <see cref="ExitCode.Incomparable"/>: nothing was graded.
    /// </exception>
    public ExportedRun(FinishedRun run)
    {
        Run = run;
        Id = ModelReference.IdOf(run.Manifest) ?? throw new EvalException(
            ExitCode.Usage,
            $"{run.Name}: its model is known as {run.Manifest.Model.ModelPath} alone, and others name a model as ORG/NAME; give it "
            + $"with: {Invocation.Command} run --resume {run.Name} --model-id ORG/NAME");
        if (run.Report.Rows.All(r => r.Value is null))
            throw new EvalException(ExitCode.Incomparable, $"{run.Name}: has no scores to be written for others");
    }

    public FinishedRun Run { get; }

    /// <summary>ORG/NAME.</summary>
    public string Id { get; }

    public string Developer => Id.Split('/')[0];

    public EngineDescription Model => Run.Manifest.Model;

    public DateTimeOffset Started => Run.Manifest.Sessions[0].Started;

    /// <summary>Seconds since 1970-01-01 UTC, as text.</summary>
    public string Timestamp => Seconds(Started);

    public bool IsEndpoint => RunOptions.IsEndpoint(Model.ModelPath);

    public bool IsReplay => Model.Engine == "replay";

    /// <summary>The scores that there are.</summary>
    public IEnumerable<ScoreRow> Rows => Run.Report.Rows.Where(r => r.Value is { } value && double.IsFinite(value));

    /// <summary>What computed the answers; null where nobody said.</summary>
    public string? EngineName => IsReplay ? null
        : IsEndpoint ? Model.Settings.GetValueOrDefault("served by") is { } served and not "unknown" ? served : null
        : Model.Engine;

    public string? EngineVersion =>
        EngineVersions.TryGetValue(Model.Engine, out string? library) ? Model.Versions.GetValueOrDefault(library) : null;

    public static string Seconds(DateTimeOffset time) =>
        (time.ToUnixTimeMilliseconds() / 1000.0).ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>The first task of a row, which stands for all of a group where they are asked alike.</summary>
    public string FirstTask(string name) => Run.Report.Leaves(name)[0];

    /// <summary>ORG/NAME of the dataset of a task, or of all tasks of a group; null where there is none, or several.</summary>
    public string? HubDataset(string name)
    {
        string?[] paths = [.. Run.Report.Leaves(name).Select(task => Run.Report.Config(task).DatasetPath).Distinct()];
        return paths is [{ } path] && HubRepository.IsFullName(path) && !path.StartsWith(OwnDatasets, StringComparison.Ordinal)
            ? path
            : null;
    }

    /// <summary>What the files of a task, or of a group's tasks, say.</summary>
    public IEnumerable<TaskConfig> Configs(string name) => Run.Report.Leaves(name).Select(Run.Report.Config);

    /// <summary>The splits that a task, or a group's tasks, were evaluated on, each once.</summary>
    public IEnumerable<DatasetRecord> Datasets(string name)
    {
        TaskConfig[] configs = [.. Configs(name)];
        return Run.Manifest.Datasets.Where(d => configs.Any(
            c => c.DatasetPath == d.Path && c.DatasetName == d.Config && c.EvaluatedSplit == d.Split));
    }

    /// <summary>
    /// An identifier of version 4, as the names of records must have, that is the same for the same score of the same run: a second export
    /// replaces the files of the first.
    /// </summary>
    public Guid IdOf(ScoreRow row)
    {
        IEnumerable<KeyValuePair<string, string>> decided = Run.Manifest.Options.Deciding().Concat(Run.Manifest.Identity());
        string[] lines = [Id, Timestamp, EveryEvalEver.ResultIdOf(row), .. decided.Select(part => $"{part.Key} {part.Value}")];
        Span<byte> bytes = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))).AsSpan(0, 16);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>Documents that were evaluated, and all that there are, of a task or of a group's tasks together.</summary>
    public (int Evaluated, int Available) Documents(string name)
    {
        string[] tasks = [.. Run.Report.Leaves(name)];
        IEnumerable<TaskRecord> records = Run.Manifest.Tasks.Where(t => tasks.Contains(t.Name));
        return (records.Sum(t => t.Documents), records.Sum(t => t.Available));
    }
}
