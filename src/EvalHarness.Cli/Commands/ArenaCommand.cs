using System.CommandLine;
using System.Text.Json;
using EvalHarness.Analysis.Arena;
using EvalHarness.Files;
using EvalHarness.Html;
using EvalHarness.Reports;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness arena</c>: the verdicts of files, or those of a judge about runs.</summary>
internal sealed class ArenaCommand
{
    private readonly Option<string[]> _battles = new("--battles")
    {
        Description = "File of verdicts as JSON, JSON lines, CSV or Parquet: model_a, model_b and winner, and where there are such "
            + "document or question_id, and answer_a and answer_b, or conversation_a and conversation_b; several are rated together",
        HelpName = "FILE",
    };
    private readonly Option<string?> _controls = new("--controls")
    {
        Description = "Hold equal what an answer looks like: length, markdown (headings, bold, list items), or both",
        HelpName = "length,markdown",
    };
    private readonly Option<string?> _folder = CommonOptions.Output(
        "Folder for arena.json; of runs also for the judge's answers, the battles and the page (default: results/arena-UTC-TIME)");
    private readonly Option<string?> _html = new("--html")
    {
        Description = "Write an HTML page with a chart too (default for runs: arena.html in the folder)",
        HelpName = "FILE",
    };
    private readonly Option<bool> _json = CommonOptions.Json("Print arena.json instead of tables");
    private readonly JudgedRunsArguments _runs = new();
    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly string[] _arguments;

    private ArenaCommand(TextWriter output, TextWriter error, string[] arguments) =>
        (_output, _error, _arguments) = (output, error, arguments);

    /// <param name="output">For results.</param>
    /// <param name="error">For everything else.</param>
    /// <param name="arguments">The program's arguments, to say how to go on.</param>
    internal static Command Create(TextWriter output, TextWriter error, string[] arguments)
    {
        var arena = new ArenaCommand(output, error, arguments);
        var command = new Command(
            "arena",
            $"""
            Rates models by battles of two, as Chatbot Arena does: ratings with 95% intervals, the ranks that each model can have, the
            table of wins, and what the length and the Markdown of answers do to verdicts. The battles are those of a file, or a judge
            compares the answers of finished runs to the same documents, each two in both orders; its card says how far to trust it.

            Examples:
              {Invocation.Command} arena results/phi-4-mini-int4 results/qwen3-4b --judge openai:http://localhost:8000/v1#judge
              {Invocation.Command} arena results/a results/b results/c --judge models/judge --rubric rubric.txt --output results/arena
              {Invocation.Command} arena --battles verdicts.jsonl
              {Invocation.Command} arena --battles arena.parquet --controls length,markdown --output results/arena --html arena.html
            """) { arena._runs.Folders };
        Option[] own = [arena._battles, arena._controls, arena._folder, arena._html, arena._json];
        foreach (Option option in own.Concat(arena._runs.Options))
            command.Options.Add(option);
        command.SetAction(arena.RunAsync);
        return command;
    }

    private Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        ArenaControls held = parsed.GetValue(_controls) is { } names ? ArenaControls.Read(names) : ArenaControls.None;
        if (parsed.GetValue(_battles) is { Length: > 0 } files)
        {
            _runs.RefuseBeside("--battles", parsed);
            return RateFilesAsync(files, held, parsed, cancellationToken);
        }

        JudgedRuns judged = _runs.Read(parsed, parsed.GetValue(_folder), parsed.GetValue(_html), _error, _arguments);
        return judged.RateAsync(held, standings => PrintAsync(standings, parsed), cancellationToken);
    }

    private async Task<int> RateFilesAsync(
        IReadOnlyList<string> files, ArenaControls held, ParseResult parsed, CancellationToken cancellationToken)
    {
        string? file = parsed.GetValue(_folder) is { } path ? Path.Combine(path, "arena.json") : null, page = parsed.GetValue(_html);
        // Before files are read, which can take minutes.
        foreach (string written in new[] { file, page }.OfType<string>())
            OutputFile.RequireWritable(written);
        var tally = new ArenaTally(held);
        foreach (string read in files)
        {
            await foreach (ArenaBattle battle in BattleFile.ReadAsync(read, held.Names.Count > 0, cancellationToken).ConfigureAwait(false))
                tally.Add(battle);
        }

        ArenaStandings standings = tally.Rate();
        if (file is not null)
            await WriteAsync(standings, file).ConfigureAwait(false);
        if (page is not null)
            await ArenaPage.WriteAsync(standings, page, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        await PrintAsync(standings, parsed).ConfigureAwait(false);
        if (file is not null)
            await _error.WriteLineAsync($"arena: {file}").ConfigureAwait(false);
        if (page is not null)
            await _error.WriteLineAsync($"page: {page}").ConfigureAwait(false);
        return (int)ExitCode.Success;
    }

    private static string Text(ArenaStandings standings) => JsonSerializer.Serialize(standings, ResultsJson.Indented) + "\n";

    /// <summary>Writes <c>arena.json</c>.</summary>
    internal static Task WriteAsync(ArenaStandings standings, string file) => OutputFile.WriteAsync(file, async stream =>
    {
        await using var writer = new StreamWriter(stream, leaveOpen: true);
        await writer.WriteAsync(Text(standings)).ConfigureAwait(false);
    });

    private Task PrintAsync(ArenaStandings standings, ParseResult parsed) =>
        _output.WriteAsync(parsed.GetValue(_json) ? Text(standings) : Terminal.VisibleLines(ArenaTable.Render(standings)));
}
