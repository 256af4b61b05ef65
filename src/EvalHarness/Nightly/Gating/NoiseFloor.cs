using System.Text.Json;
using EvalHarness.Files;
using EvalHarness.Results;

namespace EvalHarness.Nightly.Gating;

/// <summary>What the same model on the same device gives twice: <c>noise.json</c>, written by <c>evalharness noise</c>.</summary>
internal sealed record NoiseFloor
{
    public required string Model { get; init; }

    public required string Device { get; init; }

    /// <summary>What differed between the runs: repeats, batch sizes, workers.</summary>
    public required IReadOnlyList<string> Variations { get; init; }

    public required IReadOnlyList<NoiseScore> Scores { get; init; }

    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: the file is missing or something else.</exception>
    public static NoiseFloor Read(string path)
    {
        try
        {
            return ResultsJson.Read<NoiseFloor>(File.ReadAllText(path));
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new EvalException(
                ExitCode.Usage, $"{path}: is no noise file: {e.Message}; expected what '{Invocation.Command} noise' wrote", e);
        }
    }

    internal bool Concerns(Manifest manifest) => (Model, Device) == (manifest.Model.ModelName, manifest.Model.Device);

    internal double? Points(string task, string metric) =>
        100 * Scores.FirstOrDefault(s => s.Task == task && $"{s.Metric},{s.Filter}" == metric)?.LargestDifference;
}

/// <summary>How far a score of several runs of the same model lies apart.</summary>
/// <param name="Task">Task or group.</param>
/// <param name="Metric">Its metric.</param>
/// <param name="Filter">Its filter.</param>
/// <param name="Rows">Samples that all runs answered.</param>
/// <param name="LargestDifference">The largest difference of the score between any two of the runs.</param>
/// <param name="LargestFlips">
/// Samples that changed between right and wrong, of the two runs that differ most; null for scores other than right and wrong.
/// </param>
/// <param name="LeastSameText">Share of completions that are the same text, of those two; null where nothing is generated.</param>
internal sealed record NoiseScore(
    string Task, string Metric, string Filter, int Rows, double LargestDifference, int? LargestFlips, double? LeastSameText);
