using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Results;

namespace EvalHarness.Analysis.Comparing;

/// <summary>A finished run with what it says of each sample.</summary>
internal sealed class RunSamples(RunFolder folder)
{
    /// <summary>A base is compared with every candidate, and read once.</summary>
    private readonly Dictionary<string, Dictionary<long, ComparedSample>> _read = [];

    internal string Name => folder.Name;

    internal Manifest Manifest { get; } = folder.ReadManifest();

    internal JsonObject Results { get; } = folder.ReadResults();

    /// <summary>Tasks in the order of the run.</summary>
    internal IEnumerable<string> Tasks => Manifest.Tasks.Select(t => t.Name);

    /// <summary>The lines of the results' table.</summary>
    internal IEnumerable<JsonObject> Rows => ResultsDocument.ReadRows(Results);

    /// <summary>The tasks of a group; a task alone for a task.</summary>
    internal string[] Leaves(string name) => Results["group_subtasks"]?[name] is JsonArray tasks ? [.. tasks.Select(t => (string)t!)] : [name];

    internal Task<IReadOnlyList<IReadOnlyDictionary<string, object?>>> ReadRowsAsync(string task, CancellationToken cancellationToken) => folder.ReadSamplesAsync(task, cancellationToken);

    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the run has no samples of the task.</exception>
    internal async Task<IReadOnlyDictionary<long, ComparedSample>> ReadAsync(string task, CancellationToken cancellationToken)
    {
        if (!_read.TryGetValue(task, out Dictionary<long, ComparedSample>? samples))
            _read[task] = samples = (await ReadRowsAsync(task, cancellationToken).ConfigureAwait(false)).Select(ComparedSample.From).ToDictionary(s => s.Document);
        return samples;
    }
}

/// <summary>What two runs must agree in (prompts), and what they are compared by (scores, completions).</summary>
internal sealed record ComparedSample(long Document, IReadOnlyList<string> Prompts, IReadOnlyList<string> Completions, IReadOnlyDictionary<string, double> Scores, bool Errored)
{
    internal static ComparedSample From(IReadOnlyDictionary<string, object?> row)
    {
        IReadOnlyList<string> contexts = Texts(row, "contexts");
        return new ComparedSample(
            Id(row),
            [.. contexts.Count > 0 ? contexts : [(string)row["context"]!], .. Texts(row, "continuations")],
            Texts(row, "completions"),
            Numbers((string)row["scores"]!),
            row["error"] is string { Length: > 0 });
    }

    internal static long Id(IReadOnlyDictionary<string, object?> row) => Convert.ToInt64(row["doc_id"], CultureInfo.InvariantCulture);

    private static IReadOnlyList<string> Texts(IReadOnlyDictionary<string, object?> row, string column) => row[column] is IReadOnlyList<object?> list ? [.. list.Select(v => (string)v!)] : [];

    /// <summary>Scores that are numbers; what an aggregation takes instead has no difference by sample.</summary>
    internal static Dictionary<string, double> Numbers(string json)
    {
        using var scores = JsonDocument.Parse(json);
        return scores.RootElement.EnumerateObject().Where(s => s.Value.ValueKind == JsonValueKind.Number).ToDictionary(s => s.Name, s => s.Value.GetDouble());
    }
}
