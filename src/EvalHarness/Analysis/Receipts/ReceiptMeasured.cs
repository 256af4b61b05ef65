using System.ComponentModel;
using EvalHarness.Analysis.Comparing;
using EvalHarness.Results;

namespace EvalHarness.Analysis.Receipts;

/// <summary>All of a receipt that another run of the same models changes: when, where, how fast, at what price.</summary>
internal sealed record ReceiptMeasured
{
    [Description("When the receipt was made")]
    public required DateTimeOffset Made { get; init; }

    [Description("Seconds that the frozen tokens took in all models together")]
    public required double DivergenceSeconds { get; init; }

    [Description("The base, then each candidate")]
    public required IReadOnlyList<MeasuredRun> Runs { get; init; }

    [Description("What prices mean and why they are missing, a sentence each; none without a price file")]
    public required IReadOnlyList<string> Notes { get; init; }
}

/// <summary>What a run took.</summary>
internal sealed record MeasuredRun
{
    [Description("The run's folder, as the user wrote it")]
    public required string Run { get; init; }

    public required string Model { get; init; }

    [Description("The path of the model, as the run was given it")]
    public required string ModelPath { get; init; }

    [Description("Commit of the folder that the run was started in; absent outside a repository")]
    public GitState? Git { get; init; }

    [Description("When the run was first started")]
    public required DateTimeOffset Started { get; init; }

    [Description("Where it was made")]
    public required Machine Machine { get; init; }

    [Description("Seconds of the tasks that all runs have, in all starts, without loading the model; absent where a start kept none")]
    public double? Seconds { get; init; }

    [Description("Answers to the tasks that all runs have that are right by each task's first metric; absent where such a metric counts no "
        + "right answers")]
    public double? RightAnswers { get; init; }

    [Description("Seconds for an answer that is right; absent where none is, or where it is not known")]
    public double? SecondsPerRightAnswer { get; init; }

    [Description("Why there are none; absent where there are")]
    public string? WhyNoSecondsPerRightAnswer { get; init; }

    [Description("Bytes; absent where the model did not run on this machine")]
    public long? PeakMemory { get; init; }

    [Description("Prompt tokens per second in the model; absent where none were computed")]
    public double? Prefill { get; init; }

    [Description("Generated tokens per second in the model; absent where none were")]
    public double? Decode { get; init; }

    [Description("What the answers cost; absent without a price file")]
    public RunPrice? Price { get; init; }

    [Description("Energy; absent where the machine shows none")]
    public ReceiptEnergy? Energy { get; init; }

    [Description("Why there is none; absent where there is")]
    public string? WhyNoEnergy { get; init; }

    /// <param name="runs">The base, then each candidate.</param>
    /// <param name="prices">What models cost; null to leave prices out.</param>
    internal static IReadOnlyList<MeasuredRun> OfAll(IReadOnlyList<FinishedRun> runs, PriceFile? prices)
    {
        string[] common = [.. runs[0].Tasks.Where(task => runs.All(run => run.Tasks.Contains(task)))];
        IReadOnlyList<RunPrice>? costs = prices is null ? null : RunPrice.OfEach(runs, prices);
        return [.. runs.Select((run, i) => Of(run, common, costs?[i]))];
    }

    private static MeasuredRun Of(FinishedRun run, IReadOnlyList<string> tasks, RunPrice? price)
    {
        var compared = ComparedRun.Of(run);
        double? right = RunPrice.RightAnswersOf(run.Report.Harness, tasks);
        double sum = tasks.Sum(t => run.Report.Harness.Work.TryGetValue(t, out RunCost? work) ? work.Seconds.Total : 0);
        string? whyNoTime = RunPrice.WhyNoTime(run, sum);
        double? seconds = whyNoTime is null ? sum : null;
        return new MeasuredRun
        {
            Run = run.Name,
            Model = compared.Model,
            ModelPath = run.Manifest.Model.ModelPath,
            Git = run.Manifest.Git,
            Started = run.Manifest.Sessions[0].Started,
            Machine = run.Manifest.Machine,
            Seconds = seconds,
            RightAnswers = right,
            SecondsPerRightAnswer = right > 0 ? seconds / right : null,
            WhyNoSecondsPerRightAnswer = whyNoTime
                ?? (right is null ? "a task's first metric does not count right answers" : right > 0 ? null : "no answer was right"),
            PeakMemory = compared.PeakMemory,
            Prefill = compared.Prefill,
            Decode = compared.Decode,
            Price = price,
        };
    }
}

/// <summary>Energy that the machine's own counters show: everything that ran on the processor package or device counts.</summary>
internal sealed record ReceiptEnergy
{
    [Description("What counted: RAPL, NVML or both")]
    public required string Source { get; init; }

    [Description("Joules per token of prompt and completion, the median of several measurements")]
    public required double JoulesPerToken { get; init; }

    [Description("The lowest measurement")]
    public required double Lowest { get; init; }

    [Description("The highest measurement")]
    public required double Highest { get; init; }

    [Description("Tokens of the prompt that was measured")]
    public required int PromptTokens { get; init; }

    [Description("Tokens generated after it")]
    public required int CompletionTokens { get; init; }

    [Description("Measurements")]
    public required int Measurements { get; init; }
}
