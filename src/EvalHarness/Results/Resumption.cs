namespace EvalHarness.Results;

/// <summary>Whether a run folder may be continued: its numbers must come out as if it had never stopped.</summary>
public static class Resumption
{
    /// <exception cref="EvalException"><see cref="ExitCode.ResumeRefused"/>: names the first difference.</exception>
    public static void Check(RunFolder folder, Manifest earlier, Manifest now)
    {
        Dictionary<string, string> before = Collect(earlier), after = Collect(now);
        foreach (string key in before.Keys.Union(after.Keys))
        {
            string was = before.GetValueOrDefault(key, "not there"), isNow = after.GetValueOrDefault(key, "not there");
            if (was != isNow)
            {
                throw new EvalException(
                    ExitCode.ResumeRefused,
                    $"--resume {folder.Name}: {key} differs: the run had {was}, now it is {isNow}; restore it, or start a new run");
            }
        }
    }

    private static Dictionary<string, string> Collect(Manifest manifest) =>
        manifest.Identity().GroupBy(p => p.Key).ToDictionary(g => g.Key, g => string.Join(", ", g.Select(p => p.Value)));
}
