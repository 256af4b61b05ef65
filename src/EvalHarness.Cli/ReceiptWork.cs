using EvalHarness.Analysis.Comparing;
using EvalHarness.Analysis.Receipts;
using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Divergence;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Reports;
using EvalHarness.Results;

namespace EvalHarness.Cli;

/// <summary>Makes the receipt of finished runs: compares their samples, and their models at the base's tokens.</summary>
internal sealed class ReceiptWork
{
    /// <summary>The runs, the base first.</summary>
    public required IReadOnlyList<FinishedRun> Runs { get; init; }

    /// <summary>The most documents of a task whose tokens are compared, 1 or more.</summary>
    public required int Documents { get; init; }

    /// <summary>Null for the device of each run.</summary>
    public DeviceChoice? Device { get; init; }

    /// <summary>Null for one a core.</summary>
    public int? Threads { get; init; }

    /// <summary>Null to leave prices out.</summary>
    public PriceFile? Prices { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Shows what is at work.</summary>
    public required Action<string> Show { get; init; }

    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Incomparable"/>: prompts or tokens differ; <see cref="ExitCode.Output"/>: a run is unfinished or damaged;
    /// <see cref="ExitCode.Model"/>: a model does not load, or fails.
    /// </exception>
    internal async Task<Receipt> MakeAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<Comparison> comparisons = await Comparison.OfAllAsync(Runs, cancellationToken).ConfigureAwait(false);
        var models = new List<ReceiptModel>();
        var hashed = new Dictionary<string, IReadOnlyList<ModelFile>>();
        IReadOnlyList<string> names = ReceiptRun.NamesOf(Runs.Select(r => r.Manifest.Model));
        foreach (FinishedRun run in Runs)
        {
            Show($"checking the model of {run.Name}");
            models.Add(await ReceiptModel.FindAsync(run, hashed, cancellationToken).ConfigureAwait(false));
        }

        var candidates = new List<ReceiptCandidate>();
        foreach ((int i, Comparison comparison) in comparisons.Index())
        {
            IReadOnlyList<ReceiptGrowth> growth = await GrowthAsync(Runs[i + 1], cancellationToken).ConfigureAwait(false);
            candidates.Add(ReceiptCandidate.Of(models[i + 1].Describe(names[i + 1]), comparison, growth));
        }

        long start = Time.GetTimestamp();
        (ReceiptFrozen? frozen, candidates) = await DivergeAsync(models, candidates, cancellationToken).ConfigureAwait(false);
        double seconds = frozen is null ? 0 : Time.GetElapsedTime(start).TotalSeconds;
        var measured = new List<MeasuredRun>();
        foreach ((MeasuredRun run, ReceiptModel model) in MeasuredRun.OfAll(Runs, Prices).Zip(models))
        {
            Show($"measuring the energy of {run.Model}");
            measured.Add(await model.MeasureAsync(run, model.Options(Device, Threads), cancellationToken).ConfigureAwait(false));
        }

        return new Receipt
        {
            FormatVersion = Receipt.CurrentFormatVersion,
            ToolVersion = EngineFactory.Versions["EvalHarness"],
            Base = models[0].Describe(names[0]),
            Frozen = frozen,
            Candidates = candidates,
            Notes = [.. ReceiptNotes.Of(frozen, candidates)],
            Measured = new ReceiptMeasured
            {
                Made = Time.GetUtcNow(),
                DivergenceSeconds = seconds,
                Runs = measured,
                Notes = [.. RunPrice.Notes(measured.Select(m => m.Price), ComparisonTable.PricedTasks)],
            },
        };
    }

    private async Task<IReadOnlyList<ReceiptGrowth>> GrowthAsync(FinishedRun candidate, CancellationToken cancellationToken)
    {
        var tasks = new List<ReceiptGrowth>();
        foreach (string task in Runs[0].Tasks.Intersect(candidate.Tasks))
        {
            if (await ReceiptGrowth.OfAsync(Runs[0], candidate, task, cancellationToken).ConfigureAwait(false) is { } growth)
                tasks.Add(growth);
        }

        return tasks;
    }

    /// <summary>Adds to each candidate how far its distributions lie from the base's, or why that is not known.</summary>
    private async Task<(ReceiptFrozen? Frozen, List<ReceiptCandidate> Candidates)> DivergeAsync(
        List<ReceiptModel> models, List<ReceiptCandidate> candidates, CancellationToken cancellationToken)
    {
        (ReceiptCandidate Candidate, ReceiptModel Model)[] pairs =
        [
            .. candidates.Zip(models.Skip(1), (c, m) => (c with { WhyNoDivergence = WhyNot(models[0], m) }, m)),
        ];
        if (!pairs.Any(p => p.Candidate.WhyNoDivergence is null))
            return (null, [.. pairs.Select(p => p.Candidate)]);
        var texts = new OrderedDictionary<string, IReadOnlyList<FrozenText>>();
        foreach (string task in Runs[0].Tasks)
            texts[task] = await FrozenText.ReadAsync(Runs[0], task, Documents, cancellationToken).ConfigureAwait(false);
        int window = models.Where(m => m.Problem is null).Min(m => m.ContextLength);
        return await Task.Run(() => Diverge(models[0], pairs, texts, window, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    private static string? WhyNot(ReceiptModel left, ReceiptModel right) => left.Problem is { } problem
        ? $"the base cannot be computed with, because {problem}"
        : right.Problem;

    private (ReceiptFrozen Frozen, List<ReceiptCandidate> Candidates) Diverge(
        ReceiptModel left,
        IEnumerable<(ReceiptCandidate Candidate, ReceiptModel Model)> pairs,
        IReadOnlyDictionary<string, IReadOnlyList<FrozenText>> texts,
        int window,
        CancellationToken cancellationToken)
    {
        using var divergence = FrozenDivergence.Load(left.Folder, left.Options(Device, Threads), window, texts);
        var done = new List<ReceiptCandidate>();
        foreach ((ReceiptCandidate candidate, ReceiptModel model) in pairs)
        {
            if (candidate.WhyNoDivergence is not null)
            {
                done.Add(candidate);
                continue;
            }

            GenAiOptions options = model.Options(Device, Threads);
            IReadOnlyList<FrozenDifferences> differences = divergence.Against(
                model.Folder, options, tokens => Show($"{candidate.Run.Name}: {tokens} tokens compared"), cancellationToken);
            var figures = ReceiptDivergence.Of(differences, left.Run.Report);
            done.Add(candidate with
            {
                Divergence = figures,
                WhyNoDivergence = figures is null ? "the base answered no document whose tokens could be compared" : null,
            });
        }

        return (ReceiptFrozen.Of(divergence.Tokens, Documents), done);
    }
}
