using EvalHarness.Nightly.Culprits;

namespace EvalHarness.Nightly;

/// <summary>What a search for the change behind a cell's regressions found.</summary>
/// <param name="Cell">The name of the cell.</param>
/// <param name="Baseline">The run that the cell was compared with.</param>
/// <param name="Verdict">What kind of answer it is; <see cref="CulpritVerdict.Unfinished"/> where there is none.</param>
/// <param name="Culprits">The names of the changes that move the rows; empty where none does.</param>
/// <param name="Sentence">The answer in words, or why there is none.</param>
internal sealed record NightCulprit(
    string Cell, string Baseline, CulpritVerdict Verdict, IReadOnlyList<string> Culprits, string Sentence);
