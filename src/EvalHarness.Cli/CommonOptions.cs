using System.CommandLine;
using EvalHarness.Results;

namespace EvalHarness.Cli;

/// <summary>
/// Options and arguments that several verbs share, with the same name and help text everywhere. Options of a run are in
/// <see cref="RunArguments"/>.
/// </summary>
internal static class CommonOptions
{
    internal static Argument<string> BaseRun() => new("base") { Description = "Run folder to compare with", HelpName = "BASE" };

    internal static Argument<string[]> CandidateRuns() => new("candidates")
    {
        Description = "Run folders to compare with the base",
        HelpName = "CANDIDATE",
        Arity = ArgumentArity.OneOrMore,
    };

    internal static Option<string?> Output(string help, string value = "DIR") => new("--output", "-o")
    {
        Description = help,
        HelpName = value,
    };

    internal static Option<bool> Json(string help = "Print JSON instead of a table") => new("--json") { Description = help };

    internal static Option<bool> Quiet() => new("--quiet") { Description = "Do not print progress, notes and warnings" };

    internal static Option<string[]> IncludePath() => new("--include-path")
    {
        Description = RunOptions.Named("--include-path").Help,
        HelpName = RunOptions.Named("--include-path").Value,
    };

    internal static Option<string?> PublishedScores() => new("--registry")
    {
        Description = "YAML file with published scores, read instead of the scores that come with EvalHarness",
        HelpName = "FILE",
    };

    internal static Option<string?> Prices() => new("--prices")
    {
        Description = "YAML file with the currency and, for each model, per_hour (what the machine that runs it costs in an hour), or "
            + "per_million_input and per_million_output (what an endpoint charges for tokens)",
        HelpName = "FILE",
    };

    internal static Option<bool> Download() => new("--download")
    {
        Description = "Download missing datasets, and a missing model that is given as ORG/NAME, from the Hugging Face hub; "
            + "without this option the network is not used",
    };
}
