using System.CommandLine;

namespace EvalHarness.Cli;

/// <summary>Options that several verbs have and that are no options of a run, under the same name and in the same words everywhere.</summary>
internal static class CommonOptions
{
    internal static Option<string?> Output(string help, string value = "DIR") => new("--output", "-o") { Description = help, HelpName = value };

    internal static Option<bool> Json(string help = "As JSON") => new("--json") { Description = help };

    internal static Option<bool> Quiet() => new("--quiet") { Description = "No progress and no notes" };

    internal static Option<bool> Download() => new("--download")
    {
        Description = "Fetch from the hub what is not here yet: datasets, and the model if it is named as there. "
            + "Without it nothing is asked of the network",
    };
}
