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

    private static void Check(
        string folder, IEnumerable<KeyValuePair<string, string>> earlier, IEnumerable<KeyValuePair<string, string>> now)
    {
        Dictionary<string, string> before = Collect(earlier), after = Collect(now);
        foreach (string key in before.Keys.Union(after.Keys))
        {
            string was = before.GetValueOrDefault(key, "not there"), isNow = after.GetValueOrDefault(key, "not there");
            if (was != isNow)
            {
                throw new EvalException(
                    ExitCode.ResumeRefused,
                    $"--resume {folder}: {key} differs: the run had {Shown(was)}, now it is {Shown(isNow)}; "
                    + "restore it, or start a new run");
            }
        }
    }

    private static string Shown(string value) => value.Length == 0 ? "none" : value;

    private static Dictionary<string, string> Collect(IEnumerable<KeyValuePair<string, string>> identity) =>
        identity.GroupBy(p => p.Key).ToDictionary(g => g.Key, g => string.Join(", ", g.Select(p => p.Value)));
}
