namespace EvalHarness.Results;

/// <summary>Whether a run folder may be continued: its numbers must come out as if it had never stopped.</summary>
internal static class Resumption
{
    /// <param name="folder">The run that is continued.</param>
    /// <param name="earlier">Its manifest.</param>
    /// <param name="now">What a manifest would say now.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.ResumeRefused"/>: names the first difference.</exception>
    public static void Check(RunFolder folder, Manifest earlier, Manifest now) => Check(folder.Name, earlier.Identity(), now.Identity());

    /// <summary>Whether the options that decide numbers are the same, which can be asked before tasks, data and model are read.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.ResumeRefused"/>: names the first option that differs.</exception>
    public static void CheckOptions(string folder, RunOptions earlier, RunOptions now) => Check(folder, earlier.Deciding(), now.Deciding());

    /// <summary>Whether the same part of a run is continued; the part decides which numbers there are, and none of them.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.ResumeRefused"/>: it is another part.</exception>
    public static void CheckPart(string folder, RunOptions earlier, RunOptions now) =>
        Check(folder, [new("--shard", earlier.Shard ?? "")], [new("--shard", now.Shard ?? "")]);

    private static void Check(
        string folder, IEnumerable<KeyValuePair<string, string>> earlier, IEnumerable<KeyValuePair<string, string>> now)
    {
        if (Difference(earlier, now) is not { } different)
            return;
        throw new EvalException(
            ExitCode.ResumeRefused,
            $"--resume {folder}: {different.Key} differs: the run had {different.Was}, now it is {different.IsNow}; "
            + "restore it, or start a new run");
    }

    /// <summary>The first key whose value differs, with both values in words; null where all are the same.</summary>
    internal static (string Key, string Was, string IsNow)? Difference(
        IEnumerable<KeyValuePair<string, string>> earlier, IEnumerable<KeyValuePair<string, string>> now)
    {
        Dictionary<string, string> before = Collect(earlier), after = Collect(now);
        foreach (string key in before.Keys.Union(after.Keys))
        {
            string was = before.GetValueOrDefault(key, "not there"), isNow = after.GetValueOrDefault(key, "not there");
            if (was != isNow)
                return (key, Shown(was), Shown(isNow));
        }

        return null;
    }

    private static string Shown(string value) => value.Length == 0 ? "none" : value;

    private static Dictionary<string, string> Collect(IEnumerable<KeyValuePair<string, string>> identity) =>
        identity.GroupBy(p => p.Key).ToDictionary(g => g.Key, g => string.Join(", ", g.Select(p => p.Value)));
}
