using System.Globalization;
using System.Text.RegularExpressions;

namespace EvalHarness.Results;

/// <summary>A part of a run, as <c>--shard</c> names it.</summary>
/// <param name="Number">From 1 to <paramref name="Count"/>.</param>
/// <param name="Count">The number of parts.</param>
public sealed partial record RunPart(int Number, int Count)
{
    /// <summary>The most parts: each is a folder with files.</summary>
    internal const int Most = 10_000;

    public override string ToString() => FormattableString.Invariant($"{Number}/{Count}");

    /// <summary>How the manifest of the part names it.</summary>
    /// <param name="whole">A manifest of the whole run.</param>
    internal PartRecord Of(Manifest whole) => new(Number, Count, Convert.ToHexStringLower(JournalChecksum.HashOf(whole)));

    /// <param name="text">As the user wrote it, such as "3/7".</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: it is no part.</exception>
    internal static RunPart Parse(string text) =>
        Form().Match(text) is { Success: true } form
        && int.TryParse(form.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        && int.TryParse(form.Groups[2].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int count)
        && number >= 1 && number <= count && count <= Most
            ? new RunPart(number, count)
            : throw new EvalException(
                ExitCode.Usage,
                $"--shard {text}: expected K/N, part K of N parts with K from 1 to N and N at most {Most}, such as 1/4");

    [GeneratedRegex(@"^(\d+)/(\d+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
