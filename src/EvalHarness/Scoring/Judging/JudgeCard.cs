using System.Text.Json.Serialization;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Scoring.Judging;

/// <summary>How far a judge's grades of a task can be trusted.</summary>
public sealed record JudgeCard
{
    public required string Task { get; init; }

    public required string Filter { get; init; }

    /// <summary>The number of times that each completion was judged.</summary>
    public required int Votes { get; init; }

    /// <summary>Documents that were to be judged again in other forms.</summary>
    public required int Audited { get; init; }

    /// <summary>
    /// How the judge agrees with itself, by form: <c>other_order</c> (the grades listed in the opposite order), <c>other_wording</c>, and
    /// <c>repeated</c> (the completion twice). A form in which the judge was not asked is left out.
    /// </summary>
    public IReadOnlyDictionary<string, JudgeAgreement> Again { get; init; } = new Dictionary<string, JudgeAgreement>();

    /// <summary>How the judge agrees with people's grades; null where no document has one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JudgeAgreement? Labels { get; init; }

    /// <summary>The score that people's grades of all documents would give; null with fewer than three labels.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CorrectedScore? Corrected { get; init; }
}

/// <summary>How two grades of the same documents agree. Grades that count the same are the same.</summary>
/// <param name="Documents">Documents that have both.</param>
/// <param name="Same">How many have the same grade twice.</param>
/// <param name="Agreement">Their share.</param>
/// <param name="AgreementInterval">Its 95% interval, Wilson's.</param>
/// <param name="Kappa">Cohen's kappa; null where all grades are one, so that chance agrees as often.</param>
/// <param name="KappaInterval">Its 95% interval; null where there is no kappa, or one of the two gave one grade alone.</param>
/// <param name="Change">What the judge's score has more in the other form, or than people's grades, in the mean.</param>
/// <param name="ChangeInterval">Its 95% interval, Student's; null for a single document.</param>
public sealed record JudgeAgreement(
    int Documents,
    int Same,
    double Agreement,
    Interval AgreementInterval,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? Kappa,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] Interval? KappaInterval,
    double Change,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] Interval? ChangeInterval)
{
    /// <param name="pairs">What both grades count, of each document.</param>
    /// <param name="lowest">The least that a grade counts.</param>
    /// <param name="highest">The most that one counts, above <paramref name="lowest"/>.</param>
    /// <returns>Null where there is no document.</returns>
    internal static JudgeAgreement? Of(IReadOnlyList<(double First, double Second)> pairs, double lowest, double highest)
    {
        if (pairs.Count == 0)
            return null;
        double[] grades = [.. pairs.SelectMany(p => (double[])[p.First, p.Second]).Distinct().Order()];
        int[,] counts = new int[grades.Length, grades.Length];
        foreach ((double first, double second) in pairs)
            counts[Array.BinarySearch(grades, first), Array.BinarySearch(grades, second)]++;
        CohenKappa kappa = CohenKappa.Of(counts)!;
        // Between 0 and 1 the interval allows for changes that a few documents do not show.
        double range = highest - lowest;
        PairedRow[] rows = [.. pairs.Select(p => new PairedRow(0, (p.First - lowest) / range, (p.Second - lowest) / range))];
        var moments = PairedMoments.Of(rows, sameWeights: false);
        double change = range * moments.Difference;
        double error = range * Math.Sqrt(moments.DifferenceVariance);
        Interval? interval = pairs.Count > 1
            ? Interval.Around(change, StudentQuantile.Upper(moments.Freedom, Interval.Level95) * error).Clamp(-range, range)
            : null;
        int same = pairs.Count(p => p.First == p.Second);
        return new JudgeAgreement(
            pairs.Count, same, kappa.Agreement, kappa.AgreementInterval, kappa.Kappa, kappa.KappaInterval, change, interval);
    }
}

/// <summary>A judge's score, corrected by people's grades of some of the documents.</summary>
/// <param name="Value">The corrected score.</param>
/// <param name="Interval">Its 95% interval.</param>
/// <param name="Labels">Documents with a person's grade.</param>
/// <param name="OfLabels">The mean of people's grades alone.</param>
/// <param name="OfLabelsInterval">Its 95% interval.</param>
public sealed record CorrectedScore(double Value, Interval Interval, int Labels, double OfLabels, Interval OfLabelsInterval);
