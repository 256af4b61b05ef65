using EvalHarness.Analysis.Published;

namespace EvalHarness.Cli.Commands;

/// <summary>The published scores that a command line asks for.</summary>
/// <param name="registry">All of them.</param>
/// <param name="benchmarks">The benchmarks that are asked for; none for all.</param>
internal sealed class PublishedSelection(PublishedScores registry, IReadOnlyList<string> benchmarks)
{
    /// <summary>The scores of a model in one quantization; null for the model as it was released, in whichever precision.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: there are none.</exception>
    internal PublishedScore[] OfModel(string name, string? quantization) => quantization is null
        ? In(Known(name), s => s.IsAsReleased, $"--as {name} without --quantization", name)
        : Quantized(name, quantization);

    /// <summary>The scores of a model, or of all models where it is null, in one quantization, or in all where that is null.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: there are none.</exception>
    internal PublishedScore[] All(string? name, string? quantization) =>
        quantization is null ? Known(name) : Quantized(name, quantization);

    private PublishedScore[] Quantized(string? name, string quantization) =>
        In(Known(name), s => s.Quantization == quantization, $"--quantization {quantization}", name);

    private PublishedScore[] Known(string? name)
    {
        PublishedScore[] known = [.. registry.Scores.Where(s => name is null || s.Model == name)];
        if (known.Length == 0)
            throw Unknown($"--as {name}: no score of it is known", registry.Scores.Where(s => !s.Closed).Select(s => s.Model));
        return benchmarks.FirstOrDefault(b => known.All(s => s.Benchmark != b)) is { } unknown
            ? throw Unknown($"--task {unknown}: no such score{Of(name)} is known", known.Select(s => s.Benchmark))
            : [.. known.Where(s => benchmarks.Count == 0 || benchmarks.Contains(s.Benchmark))];
    }

    private static PublishedScore[] In(PublishedScore[] known, Func<PublishedScore, bool> fits, string asked, string? name) =>
        known.Where(fits).ToArray() is { Length: > 0 } selected ? selected : throw Unknown(
            $"{asked}: no such score{Of(name)} is known", known.Select(s => s.Quantization ?? "as released"));

    private static string Of(string? name) => name is null ? "" : $" of {name}";

    private static EvalException Unknown(string problem, IEnumerable<string> known) =>
        new(ExitCode.Usage, $"{problem}; known are {string.Join(", ", known.Distinct())}");
}
