using System.Globalization;
using System.Text;
using EvalHarness.Analysis.Receipts;
using EvalHarness.Scoring.Metrics;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Reports;

/// <summary>A receipt for a terminal: groups and single tasks; the tasks of groups are in its files.</summary>
internal static class ReceiptTable
{
    private const int ReasonsNamed = 5;

    public static string Render(Receipt receipt)
    {
        var text = new StringBuilder($"{Models(receipt)}\n");
        foreach (ReceiptCandidate candidate in receipt.Candidates)
        {
            text.Append(CultureInfo.InvariantCulture, $"{candidate.Run.Name} against {receipt.Base.Name}\n\n{Scores(candidate)}\n");
            if (candidate.Generation.Count > 0)
                text.Append(CultureInfo.InvariantCulture, $"{Growth(candidate)}\n");
            if (candidate.Divergence is { } divergence)
                text.Append(CultureInfo.InvariantCulture, $"{ByTask(divergence)}\n{ByPosition(divergence)}\n");
        }

        return text.AppendJoin("", receipt.Notes.Concat(receipt.Measured.Notes).Concat(Reasons(receipt)).Select(n => n + "\n")).ToString();
    }

    private static TextTable Models(Receipt receipt)
    {
        IReadOnlyList<MeasuredRun> measured = receipt.Measured.Runs;
        var prices = new PriceColumns(measured.Select(m => m.Price));
        var table = new TextTable(
        [
            ("", false),
            ("Model", false),
            ("Device", false),
            ("Weights", false),
            ("Disk MB", true),
            ("Prefill tokens/s", true),
            ("Decode tokens/s", true),
            ("Seconds per right answer", true),
            ("mJ/token", true),
            .. prices.Headers,
        ]);
        foreach ((int i, ReceiptRun run) in receipt.Candidates.Select(c => c.Run).Prepend(receipt.Base).Index())
        {
            table.Add(
            [
                i == 0 ? "base" : "candidate",
                run.Name,
                run.Device,
                Weights(run),
                TextTable.Number(run.DiskBytes / 1e6, "0.0"),
                TextTable.Number(measured[i].Prefill, "0"),
                TextTable.Number(measured[i].Decode, "0"),
                TextTable.Number(measured[i].SecondsPerRightAnswer, "0.0000"),
                TextTable.Number(1000 * measured[i].Energy?.JoulesPerToken, "0.00"),
                .. prices.Cells(measured[i].Price),
            ]);
        }

        return table;
    }

    /// <summary>Each way in which weights are stored, with its share of their bytes.</summary>
    private static string Weights(ReceiptRun run)
    {
        if (run.Weights is not { Count: > 0 } weights)
            return "n/a";
        double all = weights.Sum(w => w.Bytes);
        return string.Join(", ", weights.Select(w => string.Create(CultureInfo.InvariantCulture, $"{w.Storage} {w.Bytes / all:0%}")));
    }

    private static TextTable Scores(ReceiptCandidate candidate)
    {
        var table = new TextTable(
            ("Task", false), ("Metric", false), ("n", true), ("Base", true), ("Candidate", true), ("Lost", true), ("Won", true),
            ("p Holm", true), ("Recovery", true));
        foreach (ReceiptScore score in candidate.Scores.Where(s => s.Depth == 0))
        {
            table.Add(
                score.Task,
                $"{score.Metric},{score.Filter} {(score.HigherIsBetter ? "↑" : "↓")}",
                TextTable.Number(score.Count),
                WithInterval(score.Base, score.BaseInterval, "0.0000"),
                WithInterval(score.Candidate, score.CandidateInterval, "0.0000"),
                TextTable.Number(score.Lost),
                TextTable.Number(score.Won),
                TextTable.Number(score.PHolm, "0.0000"),
                WithInterval(score.Recovery, score.RecoveryInterval, "0.0000"));
        }

        return table;
    }

    private static TextTable Growth(ReceiptCandidate candidate)
    {
        var table = new TextTable(
            ("Completions of", false), ("n", true), ("Base tokens", true), ("Candidate tokens", true), ("Growth", true),
            ("Base cut off", true), ("Candidate cut off", true), ("Difference", true));
        foreach (ReceiptGrowth growth in candidate.Generation)
        {
            table.Add(
                growth.Task,
                TextTable.Number(growth.Documents),
                TextTable.Number(growth.BaseTokens, "0.0"),
                TextTable.Number(growth.CandidateTokens, "0.0"),
                WithInterval(growth.Growth, growth.GrowthInterval, "0.0000"),
                TextTable.Number(growth.BaseCutOff, "0.0000"),
                TextTable.Number(growth.CandidateCutOff, "0.0000"),
                WithInterval(growth.CandidateCutOff - growth.BaseCutOff, growth.CutOffInterval, "0.0000"));
        }

        return table;
    }

    private static TextTable ByTask(ReceiptDivergence divergence)
    {
        var table = new TextTable(
            ("Tokens of", false), ("Part", false), ("Documents", true), ("Tokens", true), ("KL, mean (nats)", true), ("99%", true),
            ("Largest", true), ("Same top", true), ("Base perplexity", true), ("Candidate perplexity", true));
        Add("all tasks", "all", divergence.All);
        foreach (TaskDivergence task in divergence.ByTask.Where(t => t.Depth == 0))
        {
            Add(task.Task, "prompt", task.Prompt);
            Add(task.Task, "answer", task.Answer);
        }

        return table;

        void Add(string task, string part, DivergenceFigures? figures)
        {
            if (figures is null)
                return;
            table.Add(
                task,
                part,
                TextTable.Number(figures.Documents),
                TextTable.Number(figures.Tokens),
                WithInterval(figures.Divergence, "0.000000"),
                TextTable.Number(figures.Percentile99, "0.0000"),
                TextTable.Number(figures.Largest, "0.0000"),
                WithInterval(figures.SameTop, "0.0000"),
                WithInterval(figures.BasePerplexity, "0.0000"),
                WithInterval(figures.CandidatePerplexity, "0.0000"));
        }
    }

    private static TextTable ByPosition(ReceiptDivergence divergence)
    {
        var table = new TextTable(("Position", true), ("Documents", true), ("Tokens", true), ("KL, mean (nats)", true), ("Same top", true));
        foreach (PositionDivergence position in divergence.ByPosition)
        {
            table.Add(
                $"{position.From} to {position.To}",
                TextTable.Number(position.Figures.Documents),
                TextTable.Number(position.Figures.Tokens),
                WithInterval(position.Figures.Divergence, "0.000000"),
                WithInterval(position.Figures.SameTop, "0.0000"));
        }

        return table;
    }

    /// <summary>Why figures of the tables are missing.</summary>
    private static IEnumerable<string> Reasons(Receipt receipt)
    {
        if (receipt.Candidates.Any(c => c.Scores.Any(s => s.Depth > 0)))
            yield return "The tasks of groups are in the receipt's files.";
        string[] lines = [.. receipt.Candidates.SelectMany(c => WithoutInterval(c, receipt.Candidates.Count > 1))];
        foreach (string line in lines.Take(ReasonsNamed))
            yield return line;
        if (lines.Length > ReasonsNamed)
            yield return $"{lines.Length - ReasonsNamed} more figures have no interval; receipt.json says of each why.";
        int few = receipt.Candidates.Sum(c => Shown(c).Count(f => f.Figures is { Blocks: < TokenDivergence.FewestBlocks }));
        if (few > 0)
        {
            yield return $"No interval in {few} rows of KL: {DivergenceFigures.Needed}; --documents takes more documents, and receipt.json "
                + "says what each row has.";
        }

        foreach (string why in receipt.Measured.Runs.Select(m => m.WhyNoEnergy).OfType<string>().Distinct())
            yield return $"No energy: {why}.";
        foreach ((ReceiptRun run, MeasuredRun measured) in
            receipt.Candidates.Select(c => c.Run).Prepend(receipt.Base).Zip(receipt.Measured.Runs))
        {
            if (run.WhyNoWeights is not null)
                yield return $"No weights of {run.Name}: {run.WhyNoWeights}.";
            if (measured.WhyNoSecondsPerRightAnswer is { } why)
                yield return $"No seconds per right answer of {run.Name}: {why}.";
        }
    }

    /// <summary>The figures of KL in the tables, each with what it is called.</summary>
    private static IEnumerable<(string Row, DivergenceFigures? Figures)> Shown(ReceiptCandidate candidate) =>
        candidate.Divergence is not { } divergence ? []
        :
        [
            ("KL of all tasks", divergence.All),
            .. divergence.ByTask.Where(t => t.Depth == 0).Select(t => ($"KL of {t.Task}, prompt", t.Prompt)),
            .. divergence.ByTask.Where(t => t.Depth == 0).Select(t => ($"KL of {t.Task}, answer", t.Answer)),
            .. divergence.ByPosition.Select(p => ($"KL at {p.From} to {p.To}", (DivergenceFigures?)p.Figures)),
        ];

    private static IEnumerable<string> WithoutInterval(ReceiptCandidate candidate, bool isNamed)
    {
        IEnumerable<(string Row, string? Why, bool HasValue)> rows =
        [
            .. candidate.Scores.Where(s => s.Depth == 0)
                .Select(s => ($"recovery of {s.Task} {s.Metric},{s.Filter}", s.WhyNoInterval, s.Recovery is not null)),
            .. candidate.Generation.Select(g => ($"growth of {g.Task}", g.WhyNoInterval, g.Growth is not null)),
            .. candidate.Generation.Select(g => ($"cut-off completions of {g.Task}", g.WhyNoCutOffInterval, true)),
            .. Shown(candidate).Where(f => f.Figures is { Blocks: >= TokenDivergence.FewestBlocks })
                .Select(f => (f.Row, f.Figures!.WhyNoInterval, true)),
        ];
        string name = isNamed ? $" ({candidate.Run.Name})" : "";
        return rows.Where(r => r.Why is not null).Select(r => $"{(r.HasValue ? "No interval," : "No")} {r.Row}{name}: {r.Why}.");
    }

    private static string WithInterval(Estimate estimate, string format) => WithInterval(estimate.Value, estimate.Interval, format);

    private static string WithInterval(double? value, Interval? interval, string format) => value is null ? "n/a"
        : interval is not { } bounds ? TextTable.Number(value, format)
        : $"{TextTable.Number(value, format)} [{TextTable.Number(bounds.Low, format)}, {TextTable.Number(bounds.High, format)}]";
}
