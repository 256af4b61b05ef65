using System.Globalization;

namespace EvalHarness.Results;

/// <summary>
/// The seeds of a run, in the four places of lm-evaluation-harness: python's random, NumPy, torch and the few-shot sampler. There they
/// seed four generators. Here the few-shot seed draws the shots, and the torch seed draws sampled tokens; the other two seed the Python of
/// task files, and decide nothing where none runs. A seed that is not set, <c>None</c>, has its default, so that every run can be repeated.
/// </summary>
/// <remarks>Source: lm-evaluation-harness's option --seed, which also takes three numbers and adds the default for the fourth.</remarks>
internal readonly record struct RunSeeds(long? Python, long? NumPy, long? Torch, long? FewShot)
{
    /// <summary>The seed of few-shot examples and of sampled tokens in the reference.</summary>
    internal const string Default = "1234";

    private const long DefaultSeed = 1234;
    private const string Unset = "None";

    internal long OfShots => FewShot ?? DefaultSeed;

    /// <summary>
    /// The seed of random in a task's own Python. The default of all seeds, which is written as one number, is 0 here, as in the reference.
    /// </summary>
    internal long OfPython => this == Parse(Default) ? 0 : Python ?? 0;

    /// <summary>The seed of NumPy in a task's own Python.</summary>
    internal long OfNumPy => NumPy ?? DefaultSeed;

    internal long OfSampling => Torch ?? DefaultSeed;

    /// <summary>The seeds that decide numbers, as text: one number where both are the same.</summary>
    internal string Deciding => OfShots == OfSampling
        ? string.Create(CultureInfo.InvariantCulture, $"{OfShots}")
        : string.Create(CultureInfo.InvariantCulture, $"torch {OfSampling}, few-shot {OfShots}");

    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: the text is neither one seed nor three or four.</exception>
    internal static RunSeeds Parse(string text)
    {
        long?[] seeds = [.. text.Split(',').Select(seed => One(seed.Trim(), text))];
        return seeds switch
        {
            [var all] => new RunSeeds(all, all, all, all),
            [var python, var numPy, var torch] => new RunSeeds(python, numPy, torch, DefaultSeed),
            [var python, var numPy, var torch, var fewShot] => new RunSeeds(python, numPy, torch, fewShot),
            _ => throw Wrong(text),
        };
    }

    private static long? One(string seed, string text)
    {
        if (seed.Equals(Unset, StringComparison.OrdinalIgnoreCase))
            return null;
        return long.TryParse(seed, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw Wrong(text);
    }

    private static EvalException Wrong(string text) => new(
        ExitCode.Usage,
        $"--seed {text}: expected a whole number for all seeds, or four with commas between (python, numpy, torch, few-shot) such as "
        + "0,1234,1234,1234; None keeps a default");

    /// <summary>One number where all are the same, else all four; <see cref="Parse"/> reads it again.</summary>
    public override string ToString() => Python == NumPy && NumPy == Torch && Torch == FewShot
        ? Text(FewShot)
        : string.Join(',', ((long?[])[Python, NumPy, Torch, FewShot]).Select(Text));

    private static string Text(long? seed) => seed?.ToString(CultureInfo.InvariantCulture) ?? Unset;
}
