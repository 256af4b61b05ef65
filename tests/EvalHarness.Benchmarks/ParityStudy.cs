using System.Globalization;
using EvalHarness.OnnxRuntimeGenAI.Parity;
using EvalHarness.Scoring.Statistics;
using EvalHarness.Tests.Engines.Faults;

namespace EvalHarness.Benchmarks;

/// <summary>
/// How often <c>parity</c> calls the same mathematics in two forms faulty, and which of the planted faults it finds, each on several random
/// models.
/// </summary>
internal static class ParityStudy
{
    /// <summary>How many models each fault is planted in.</summary>
    private const int Seeds = 5;

    /// <summary>How often each form meets each architecture, every time with other weights.</summary>
    private const int Rounds = 2;

    /// <param name="repository">The repository, with the embedded model.</param>
    /// <param name="folders">Other model folders, as they were exported.</param>
    internal static void Run(string repository, IReadOnlyList<string> folders)
    {
        var trial = new ParityTrial(repository);
        Pairs(trial, repository, folders);
        Console.WriteLine();
        Faults(trial);
    }

    private static void Pairs(ParityTrial trial, string repository, IReadOnlyList<string> folders)
    {
        string models = Path.Combine(repository, "src", "TinyModel", "models");
        ModelWeights trained = TrainedWeights.Read(Path.Combine(models, "tiny-fp32", "model.onnx"));
        string[] quantized = [Path.Combine(models, "tiny-int8"), Path.Combine(models, "tiny-int4")];
        // One after the other: a pair holds its weights.
        IEnumerable<CleanPair> pairs = Enumerable.Range(0, Rounds * CleanPair.Round)
            .Select(CleanPair.Of)
            .Concat(CleanPair.OfTrained(trained))
            .Concat(quantized.Concat(folders).Select(CleanPair.OfFolder));
        var results = new List<(string Form, ParityReport Report)>();
        foreach (CleanPair pair in pairs)
        {
            ParityReport report = trial.Run(pair);
            results.Add((pair.Form, report));
            foreach (string failure in report.Failures)
                Console.Error.WriteLine($"{pair.Form}; {pair.Architecture}: {failure}");
        }

        Console.WriteLine("| Form | Pairs | Called faulty | Largest share of a bound | The same to the last bit, as a whole |");
        Console.WriteLine("|---|---:|---:|---:|---:|");
        foreach (var form in results.GroupBy(r => r.Form))
            Write(form.Key, [.. form.Select(r => r.Report)]);
        Write("**all**", [.. results.Select(r => r.Report)]);
        int alarms = results.Count(r => r.Report.Verdict != ParityVerdict.Parity);
        Interval interval = ClopperPearson.Interval(alarms, results.Count);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"\n{alarms} of {results.Count} pairs are called faulty: {100.0 * alarms / results.Count:0.00}%, "
            + $"95% interval {100 * interval.Low:0.00} to {100 * interval.High:0.00}%."));
    }

    private static void Write(string form, ParityReport[] reports) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {form} | {reports.Length} | {reports.Count(r => r.Verdict != ParityVerdict.Parity)} | {reports.Max(r => r.Share):0.00} "
        + $"| {reports.Count(IsSame)} |"));

    private static bool IsSame(ParityReport report) =>
        report.Probes.Where(p => !p.OfBase && p.Form == ParityForm.Whole).All(p => p.LargestDifference == 0);

    private static void Faults(ParityTrial trial)
    {
        Console.WriteLine("| Fault | Found | Outside as a whole | Other forms of computing outside | Times the bound | Twins called faulty "
            + "| Twins' largest share |\n|---|---:|---|---|---:|---:|---:|");
        foreach (PlantedFault fault in PlantedFault.All)
            Console.WriteLine(Row(trial, fault));
    }

    internal static string Row(ParityTrial trial, PlantedFault fault)
    {
        ParityReport[] twins = [.. Enumerable.Range(1, Seeds).Select(s => trial.Run(fault.Base(s), fault.Twin(s)))];
        ParityReport[] faulty = [.. Enumerable.Range(1, Seeds).Select(s => trial.Run(fault.Base(s), fault.Faulty(s)))];
        ParityForm[] outside = [.. Enum.GetValues<ParityForm>().Where(form => faulty.All(r => ParityTrial.IsOutside(r, form)))];
        string[] others = [.. outside.Where(f => f != ParityForm.Whole).Select(f => ParityWords.Of(f, 4))];
        // The greedy form is the base's own, and the plain one has a column.
        bool all = others.Length == Enum.GetValues<ParityForm>().Length - 2;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {fault.Name} | {faulty.Count(r => r.Verdict == ParityVerdict.NotParity)} of {Seeds} "
            + $"| {(outside.Contains(ParityForm.Whole) ? "yes" : "no")} | {(all ? "all" : string.Join(", ", others))} | {Times(faulty)} "
            + $"| {twins.Count(r => r.Verdict != ParityVerdict.Parity)} | {twins.Max(r => r.Share):0.00} |");
    }

    /// <summary>The least and the most; rows that are no numbers are not compared.</summary>
    private static string Times(ParityReport[] reports) => reports.All(r => r.Share == 0)
        ? "not finite"
        : $"{Times(reports.Min(r => r.Share))} to {Times(reports.Max(r => r.Share))}";

    private static string Times(double share) => share.ToString(share < 100 ? "0.0" : "#,##0", CultureInfo.InvariantCulture);
}
