using System.CommandLine;
using System.Text;
using System.Text.Json;
using EvalHarness.Analysis.Arena;
using EvalHarness.Files;
using EvalHarness.Html;
using EvalHarness.Reports;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness arena</c>.</summary>
internal static class ArenaCommand
{
    internal static Command Create(TextWriter output, TextWriter error)
    {
        var battles = new Option<string[]>("--battles")
        {
            Description = "File of verdicts as JSON, JSON lines, CSV or Parquet: model_a, model_b and winner, and where there are such "
                + "document or question_id, and answer_a and answer_b, or conversation_a and conversation_b; several are rated together",
            HelpName = "FILE",
        };
        var controls = new Option<string?>("--controls")
        {
            Description = "Hold equal what an answer looks like: length, markdown (headings, bold, list items), or both",
            HelpName = "length,markdown",
        };
        Option<string?> folder = CommonOptions.Output("Folder for arena.json");
        var html = new Option<string?>("--html") { Description = "Write an HTML page with a chart too", HelpName = "FILE" };
        Option<bool> json = CommonOptions.Json("Print arena.json instead of tables");
        var command = new Command(
            "arena",
            $"""
            Rates models by battles of two, as Chatbot Arena does: ratings with 95% intervals, the ranks that each model can have, the
            table of wins, and what the length and the Markdown of answers do to verdicts.

            Examples:
              {Invocation.Command} arena --battles verdicts.jsonl
              {Invocation.Command} arena --battles arena.parquet --controls length,markdown --output results/arena --html arena.html
            """) { battles, controls, folder, html, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(battles) is not { Length: > 0 } files)
                throw new EvalException(ExitCode.Usage, "expected --battles FILE: a file of verdicts with model_a, model_b and winner");
            ArenaControls held = parsed.GetValue(controls) is { } names ? ArenaControls.Read(names) : ArenaControls.None;
            string? file = parsed.GetValue(folder) is { } path ? Path.Combine(path, "arena.json") : null, page = parsed.GetValue(html);
            // Before files are read, which can take minutes.
            foreach (string written in new[] { file, page }.OfType<string>())
                OutputFile.RequireWritable(written);
            var tally = new ArenaTally(held);
            foreach (string read in files)
            {
                await foreach (ArenaBattle battle in
                    BattleFile.ReadAsync(read, held.Names.Count > 0, cancellationToken).ConfigureAwait(false))
                {
                    tally.Add(battle);
                }
            }

            ArenaStandings standings = tally.Rate();
            string text = JsonSerializer.Serialize(standings, ResultsJson.Indented) + "\n";
            if (file is not null)
            {
                byte[] bytes = Encoding.UTF8.GetBytes(text);
                await OutputFile.WriteAsync(file, stream => stream.WriteAsync(bytes, cancellationToken).AsTask()).ConfigureAwait(false);
            }

            if (page is not null)
                await ArenaPage.WriteAsync(standings, page, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            await output
                .WriteAsync(parsed.GetValue(json) ? text : Terminal.VisibleLines(ArenaTable.Render(standings)))
                .ConfigureAwait(false);
            if (file is not null)
                await error.WriteLineAsync($"arena: {file}").ConfigureAwait(false);
            if (page is not null)
                await error.WriteLineAsync($"page: {page}").ConfigureAwait(false);
            return (int)ExitCode.Success;
        });
        return command;
    }
}
