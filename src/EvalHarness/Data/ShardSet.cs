using System.Globalization;
using System.Text.RegularExpressions;
using EvalHarness.Data.Tables;

namespace EvalHarness.Data;

/// <summary>
/// Files whose names say which part of a split they are and how many parts there are: <c>test-00000-of-00002.parquet</c>, also with a hash
/// before the extension; or which part, as in the branch that the hub converts: <c>0000.parquet</c>.
/// </summary>
internal static partial class ShardSet
{
    /// <returns>What stands before the number of the shard; null for a file that is none of several.</returns>
    internal static string? Stem(string path) =>
        ShardName().Match(Name(path)) is { Success: true } match ? match.Groups["stem"].Value : null;

    /// <summary>
    /// Checks that no shard is missing and none is there twice, so that no run evaluates a part of a dataset, or two uploads of it,
    /// unnoticed.
    /// </summary>
    /// <param name="place">The folder, for messages.</param>
    /// <param name="files">The files that are to be a split, with forward slashes.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: a shard is missing, or the shards are of two uploads.</exception>
    internal static void Check(string place, IReadOnlyList<string> files)
    {
        foreach (IGrouping<string?, string> set in files.Where(f => Stem(f) is not null).GroupBy(Stem))
            CheckNumbered(place, set.Key!, [.. set]);
        for (int i = 0; files.All(IsConverted) && i < files.Count; i++)
        {
            if (Number(DataFileKind.Stem(files[i])) != i)
                throw Refused($"{place}: {i:D4}.parquet is missing before {Name(files[i])}; fetch it again");
        }
    }

    private static void CheckNumbered(string place, string stem, IReadOnlyList<string> files)
    {
        var shards = files.Select(f => (Match: ShardName().Match(Name(f)), File: f)).ToList();
        string[] totals = [.. shards.Select(s => s.Match.Groups["of"].Value).Distinct()];
        if (totals.Length > 1)
        {
            throw Refused(
                $"{place}: the shards of split {stem} do not agree on how many there are ({Number(totals[0])} and {Number(totals[1])}): "
                + "they are of two uploads; remove the older set");
        }

        ILookup<long, string> byIndex = shards.ToLookup(s => Number(s.Match.Groups["index"].Value), s => s.File);
        if (byIndex.FirstOrDefault(i => i.Count() > 1) is { } twice)
            throw Refused($"{place}: {string.Join(" and ", twice.Take(2))} are the same shard of two uploads; remove the older set");
        for (long i = 0; i < Number(totals[0]); i++)
        {
            if (!byIndex.Contains(i))
            {
                throw Refused(
                    $"{place}: shard {i} of {Number(totals[0])} of split {stem} is missing "
                    + $"({stem}-{i:D5}-of-{totals[0]}{Path.GetExtension(files[0])}); fetch it again");
            }
        }
    }

    /// <summary>Whether a file is called as the shards of the branch that the hub converts to Parquet.</summary>
    private static bool IsConverted(string file) =>
        DataFileKind.Of(file) == DataFormat.Parquet && DataFileKind.Stem(file) is { Length: 4 } stem && stem.All(char.IsAsciiDigit);

    private static long Number(string digits) => long.Parse(digits, CultureInfo.InvariantCulture);

    private static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static EvalException Refused(string message) => new(ExitCode.Data, message);

    [GeneratedRegex(@"\A(?<stem>.+)[-.](?<index>\d{1,9})-of-(?<of>\d{1,9})([-.][0-9a-zA-Z]+)*\.[a-z]+(\.gz|\.zst)?\z")]
    private static partial Regex ShardName();
}
