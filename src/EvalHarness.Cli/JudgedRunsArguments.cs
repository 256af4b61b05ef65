using System.CommandLine;
using EvalHarness.Analysis.Arena;
using EvalHarness.Results;

namespace EvalHarness.Cli;

/// <summary>What <c>arena</c> takes for runs that a judge compares.</summary>
internal sealed class JudgedRunsArguments
{
    private readonly RunArguments _judge = RunArguments
        .Only(
            "--judge", "--tasks", "--limit", "--gen-kwargs", "--seed", RunOptions.DeviceOption, "--plugin", "--allow-network",
            "--api-key-from", "--concurrency", "--request-timeout")
        .WithHelp(
            "--judge",
            "Model that says which of two answers is the better one: anything that --model of 'run' takes; replay:DIR/judge.jsonl rates "
                + "again by recorded answers")
        .WithHelp("--tasks", "Only these tasks or groups of the runs, with commas between (default: all whose answers are texts)")
        .WithHelp("--gen-kwargs", "The judge's generation: KEY=VALUE,... (default: max_gen_toks=512, at temperature 0)")
        .WithHelp("--seed", "Draws the tokens that the judge samples, where its temperature is above 0 (default: 1234)");

    private readonly Option<string?> _rubric = new("--rubric")
    {
        Description = "File with the question to the judge: a template over prompt, answer_a, answer_b, reference, the document's columns "
            + "and doc (default: which answer is right, and helps more)",
        HelpName = "FILE",
    };
    private readonly Option<string?> _grade = new("--grade")
    {
        Description = "Regular expression that finds the verdict in the judge's answer: its last match counts, and in it the first group "
            + "(default: what stands behind VERDICT: on its line)",
        HelpName = "REGEX",
    };
    private readonly Option<string?> _verdicts = new("--verdicts")
    {
        Description = "What the judge says for the first answer, for the second and, if there is a third, for a tie (default: A,B,TIE)",
        HelpName = "NAMES",
    };
    private readonly Option<bool> _quiet = CommonOptions.Quiet();

    internal Argument<string[]> Folders { get; } = new("runs")
    {
        Description = "Finished run folders, two or more, whose answers to the same documents are judged in pairs",
        HelpName = "RUN",
        Arity = ArgumentArity.ZeroOrMore,
    };

    internal IEnumerable<Option> Options => [.. _judge.All, _rubric, _grade, _verdicts, _quiet];

    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: something is given that has no use beside it.</exception>
    internal void RefuseBeside(string option, ParseResult parsed)
    {
        string? idle = parsed.GetValue(Folders) is { Length: > 0 } folders
            ? folders[0]
            : Options.FirstOrDefault(o => o != _quiet && parsed.GetResult(o) is { Implicit: false })?.Name;
        if (idle is not null)
        {
            throw new EvalException(
                ExitCode.Usage, $"{option} and {idle} together: battles of a file are judged already; leave one of them out");
        }
    }

    /// <param name="parsed">The command line.</param>
    /// <param name="folder">What <c>--output</c> names; null for a new folder.</param>
    /// <param name="page">What <c>--html</c> names; null for the page in the folder.</param>
    /// <param name="error">For all but results.</param>
    /// <param name="arguments">The program's arguments.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: something is missing or wrong.</exception>
    internal JudgedRuns Read(ParseResult parsed, string? folder, string? page, TextWriter error, IReadOnlyList<string> arguments)
    {
        if (parsed.GetValue(Folders) is not { Length: >= 2 } folders)
        {
            throw new EvalException(
                ExitCode.Usage,
                "expected --battles FILE, a file of verdicts with model_a, model_b and winner, or two run folders or more and "
                    + "--judge MODEL");
        }

        RunOptions options = _judge.Read(parsed);
        if (options.Judge is not { } judge)
            throw new EvalException(ExitCode.Usage, "expected --judge MODEL: the model that says which of two answers is the better one");
        // What does nothing for the judge is found as it is for the model of a run.
        _ = RunOptions.Of(new Dictionary<string, IReadOnlyList<string>>(_judge.Given(parsed)) { ["--model"] = [judge] }, earlier: null);
        long seed = RunSeeds.Parse(options.Seed).OfSampling;
        return new JudgedRuns(folders, options, error)
        {
            Rubric = PairRubric.Of(
                parsed.GetValue(_rubric), parsed.GetValue(_grade), parsed.GetValue(_verdicts), options.GenerationSettings, seed),
            Folder = folder,
            Page = page,
            IsQuiet = parsed.GetValue(_quiet),
            Arguments = arguments,
        };
    }
}
