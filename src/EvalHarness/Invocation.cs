namespace EvalHarness;

/// <summary>How the user started the program.</summary>
public static class Invocation
{
    /// <summary>
    /// What to type before a verb, for messages that name a command to type next: "evalharness" for the installed tool, else how the
    /// script was started ("./run-eval.sh", "pwsh -File run-eval.ps1"), which it hands over in the environment, quoted as its shell wants it.
    /// </summary>
    public static string Command { get; } = Environment.GetEnvironmentVariable("EVALHARNESS_COMMAND") switch
    {
        null or "" => "evalharness",
        var given => given,
    };
}
