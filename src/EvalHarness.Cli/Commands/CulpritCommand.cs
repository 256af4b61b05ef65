using System.CommandLine;
using System.Text.Json;
using EvalHarness.Cli.Processes;
using EvalHarness.Files;
using EvalHarness.Nightly.Culprits;
using EvalHarness.Reports;
using EvalHarness.Results;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness culprit</c>.</summary>
internal sealed class CulpritCommand
{
    private readonly Argument<string> _base = CommonOptions.BaseRun();
    private readonly Argument<string> _candidate = new("candidate")
    {
        Description = "Run folder whose scores differ from the base's",
        HelpName = "CANDIDATE",
    };
    private readonly Option<string?> _metric = new("--metric")
    {
        Description = "Metric whose scores are compared (default: each task's first)",
        HelpName = "NAME",
    };
    private readonly Option<int> _rows = new("--rows")
    {
        Description = "The most flipped rows to run again, and the most others; more of them are drawn by the seed",
        HelpName = "N",
        DefaultValueFactory = _ => CulpritDefaults.Rows,
    };
    private readonly Option<int> _runs = new("--runs")
    {
        Description = "Runs of the candidate as it is, which show how many rows move by themselves",
        HelpName = "N",
        DefaultValueFactory = _ => CulpritDefaults.Runs,
    };
    private readonly Option<long> _seed = new("--seed")
    {
        Description = "Draws the rows",
        HelpName = "N",
        DefaultValueFactory = _ => CulpritDefaults.Seed,
    };
    private readonly Option<string?> _model = new("--base-model")
    {
        Description = "The base's model, where its files are no longer at the path that the base was run with",
        HelpName = "DIR",
    };
    private readonly Option<string[]> _datasets = new("--base-datasets")
    {
        Description = "Folder or hub cache that has the base's data, where they are no longer in the folders that the runs read",
        HelpName = "ROOT",
    };
    private readonly Option<string?> _output =
        CommonOptions.Output("Folder for the runs and culprit.json (default: results/culprit/BASE-CANDIDATE)");
    private readonly Option<bool> _json = CommonOptions.Json("Print culprit.json instead of the table");
    private readonly Option<bool> _quiet = CommonOptions.Quiet();

    internal static Command Create(TextWriter output, TextWriter error)
    {
        var culprit = new CulpritCommand();
        var command = new Command(
            "culprit",
            $"""
            Says which change made answers flip between two runs of the same tasks. Runs the rows that flipped once more, and as many that
            did not, with each thing that differs between the two runs set back alone: the model's files, the data, task files, each
            option. What cannot be set back, such as the engine's version, is named.

            Examples:
              {Invocation.Command} culprit results/monday results/tuesday
              {Invocation.Command} culprit results/monday results/tuesday --base-model backup/phi-4-mini-int4 --rows 40
            """) { culprit._base, culprit._candidate };
        Option[] own =
        [
            culprit._metric, culprit._rows, culprit._runs, culprit._seed, culprit._model, culprit._datasets, culprit._output, culprit._json,
            culprit._quiet,
        ];
        foreach (Option option in own)
            command.Options.Add(option);
        command.SetAction((parsed, cancellationToken) => culprit.RunAsync(parsed, output, error, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        (int rows, int runs) = (parsed.GetValue(_rows), parsed.GetValue(_runs));
        if (rows < 1)
            throw new EvalException(ExitCode.Usage, $"--rows {rows}: expected 1 or more");
        if (runs < 1)
            throw new EvalException(ExitCode.Usage, $"--runs {runs}: expected 1 or more: without a repeat nobody knows what is noise");
        FinishedRun[] read =
        [
            .. ((string[])[parsed.GetValue(_base)!, parsed.GetValue(_candidate)!]).Select(r => FinishedRun.Read(RunFolder.Open(r))),
        ];
        if (Array.Find(read, r => r.Manifest.Options.Adapters.Count > 0) is { } adapted)
        {
            throw new EvalException(
                ExitCode.Usage,
                $"{adapted.Name}: was run with an adapter, and culprit cannot start such runs; see what it lost with: "
                + $"{Invocation.Command} compare {read[0].Name} {read[1].Name}");
        }

        string folder = parsed.GetValue(_output)
            ?? Path.Combine("results", "culprit", string.Join('-', read.Select(r => Path.GetFileName(r.Folder.FullPath))));
        var places = new CulpritPlaces(folder, parsed.GetValue(_model), parsed.GetValue(_datasets) ?? []);
        IReadOnlyList<(string Task, string Key)> scores = CulpritRows.Scores(read[0], read[1], parsed.GetValue(_metric));
        void Say(string text) => Terminal.Say(error, parsed.GetValue(_quiet), text);
        var search = new CulpritSearch(read[0], read[1], places, runs, Say);
        CulpritReport report = await search.FindAsync(scores, rows, parsed.GetValue(_seed), cancellationToken).ConfigureAwait(false);
        await output
            .WriteAsync(parsed.GetValue(_json)
                ? JsonSerializer.Serialize(report, ResultsJson.Indented) + "\n"
                : CulpritTable.Render(report))
            .ConfigureAwait(false);
        return (int)ExitCode.Success;
    }
}
