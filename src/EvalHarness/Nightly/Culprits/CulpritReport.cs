using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Nightly.Culprits;

internal enum CulpritVerdict
{
    /// <summary>The search goes on, or was stopped.</summary>
    Unfinished,

    /// <summary>No row has another score in the candidate than in the base.</summary>
    NothingFlipped,

    /// <summary>The manifests do not differ in anything that decides answers.</summary>
    NothingChanged,

    /// <summary>One change alone brings flipped rows back.</summary>
    One,

    /// <summary>Each of several changes brings flipped rows back.</summary>
    Several,

    /// <summary>No change alone brings them back, and all together do.</summary>
    Together,

    /// <summary>Some rows go back with a change, and so few flipped that chance can do that.</summary>
    TooFewRows,

    /// <summary>What can be set back does not bring them back.</summary>
    None,
}

/// <summary>Which change moved the rows that flipped between two runs.</summary>
internal sealed record CulpritReport
{
    private const double Level = 0.05;

    public required string Base { get; init; }

    public required string Candidate { get; init; }

    /// <summary>Rows that both runs scored.</summary>
    public required int Compared { get; init; }

    /// <summary>Those of them that flipped.</summary>
    public required int Flipped { get; init; }

    /// <summary>The candidate as it is, once more or several times.</summary>
    public required IReadOnlyList<CulpritTrial> Repeats { get; init; }

    /// <summary>Each change set back alone, or why it cannot be.</summary>
    public required IReadOnlyList<CulpritTrial> Changes { get; init; }

    /// <summary>All that can be set back at once; null where there is nothing.</summary>
    public CulpritTrial? All { get; init; }

    public CulpritVerdict Verdict { get; init; }

    /// <summary>The changes that bring rows back, each alone; that of the most rows first.</summary>
    public IReadOnlyList<string> Culprits { get; init; } = [];

    /// <summary>The verdict in a sentence.</summary>
    public string Sentence { get; init; } = "the search did not finish; the same command goes on with it";

    /// <summary>Tests every change against the repeats of the candidate, and says which of them moves the rows.</summary>
    internal CulpritReport Decide()
    {
        CulpritTrial[] tested = [.. Changes.Select(c => c.Test(Repeats))];
        int[] alone = [.. Enumerable.Range(0, tested.Length).Where(i => tested[i].P is not null)];
        IReadOnlyList<double> adjusted = Holm.Adjust([.. alone.Select(i => tested[i].P!.Value)]);
        foreach ((int place, int i) in alone.Index())
            tested[i] = tested[i] with { AdjustedP = adjusted[place] };
        CulpritTrial[] found = [.. tested.Where(c => c.AdjustedP <= Level).OrderByDescending(c => c.Back)];
        CulpritReport decided = this with { Changes = tested, All = All?.Test(Repeats), Culprits = [.. found.Select(c => c.Name)] };
        CulpritVerdict verdict = decided.Judge(found, alone.Length);
        return decided with { Verdict = verdict, Sentence = decided.Explain(verdict, found) };
    }

    private CulpritVerdict Judge(CulpritTrial[] found, int alone)
    {
        if (Flipped == 0)
            return CulpritVerdict.NothingFlipped;
        if (Changes.Count == 0)
            return CulpritVerdict.NothingChanged;
        if (found.Length > 0)
            return found.Length == 1 ? CulpritVerdict.One : CulpritVerdict.Several;
        int most = Changes.Select(c => c.Back).DefaultIfEmpty(0).Max();
        if (alone > 1 && All?.P <= Level && 2 * most < All.Back)
            return CulpritVerdict.Together;
        // Where not even all rows together would do, or one test of several would, more rows can tell.
        int rows = Changes.Select(c => c.Flipped).DefaultIfEmpty(0).Max();
        bool cannotTell = alone * RepeatTest.Smallest(rows, Repeats.Count) > Level && most > Repeats.Max(r => r.Back);
        return cannotTell || Changes.Any(c => c.P <= Level) ? CulpritVerdict.TooFewRows : CulpritVerdict.None;
    }

    private string Explain(CulpritVerdict verdict, CulpritTrial[] found) => verdict switch
    {
        CulpritVerdict.NothingFlipped => $"no row flipped: the {Compared} rows that both runs scored have the same scores",
        CulpritVerdict.NothingChanged =>
            $"nothing that the manifests record changed; when the candidate is repeated, {Repeated()} flipped rows go back by themselves",
        CulpritVerdict.One =>
            $"{Shown(found[0])} moves {(2 * found[0].Back >= found[0].Flipped ? "them" : "a part of them")}: "
            + $"{found[0].Back} of {found[0].Flipped} flipped rows go back when it is set back alone, and {Repeated()} when nothing is",
        CulpritVerdict.Several =>
            "several changes move them, each alone: "
            + $"{string.Join("; ", found.Select(c => $"{Shown(c)}, {c.Back} of {c.Flipped} go back"))}; "
            + $"when nothing is set back, {Repeated()} do",
        CulpritVerdict.Together =>
            $"no change alone moves them, and all together do: {All!.Back} of {All.Flipped} flipped rows go back when "
            + $"{string.Join(", ", Changes.Where(c => c.Failure is null).Select(c => c.Name))} are set back at once, and {Repeated()} when "
            + "nothing is",
        CulpritVerdict.TooFewRows =>
            $"too few rows flipped to name a change: most go back with {Changes.MaxBy(c => c.Back)!.Name} "
            + $"({Changes.Max(c => c.Back)} of {Flipped}), which chance alone can do; compare more rows, or raise --runs",
        _ => $"none of the changes that can be set back here moves them{Rest()}; when nothing is set back, {Repeated()} flipped rows "
            + "go back",
    };

    private static string Shown(CulpritTrial trial) => $"{trial.Name} ({trial.Change!.Base} → {trial.Change.Candidate})";

    /// <summary>Flipped rows that go back when the candidate is repeated, of how many: that of the repeat with the most.</summary>
    private string Repeated()
    {
        CulpritTrial most = Repeats.MaxBy(r => r.Back)!;
        return most.Back == 0 ? $"none of {most.Flipped}" : $"up to {most.Back} of {most.Flipped}";
    }

    private string Rest()
    {
        string[] staying = [.. Changes.Where(c => c.Failure is not null).Select(Shown)];
        return staying.Length == 0 ? "" : $"; what cannot be set back here, and may: {string.Join(", ", staying)}";
    }
}
