namespace EvalHarness;

/// <summary>How the user started the program.</summary>
public static class Invocation
{
    /// <summary>
    /// What to type before a verb, for messages that name a command to type next: "evalharness" for the installed tool, and the script's
    /// name as it was typed ("./run-eval.sh"), which the scripts hand over in the environment.
    /// </summary>
    public static string Command { get; } = Environment.GetEnvironmentVariable("EVALHARNESS_COMMAND") switch
    {
        null or "" => "evalharness",
        var given when given.Contains(' ', StringComparison.Ordinal) => $"\"{given}\"",
        var given => given,
    };
}
