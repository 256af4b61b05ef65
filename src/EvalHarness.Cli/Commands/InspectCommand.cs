using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EvalHarness.Files;
using EvalHarness.OnnxRuntimeGenAI.Inspection;
using EvalHarness.Reports;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness inspect</c>.</summary>
internal static class InspectCommand
{
    internal static Command Create(TextWriter output)
    {
        var model = new Argument<string>("model") { Description = "A folder with genai_config.json", HelpName = "DIR" };
        Option<bool> json = CommonOptions.Json("Print JSON, with the text of the chat template, instead of a table");
        var command = new Command(
            "inspect",
            $"""
            Shows what is in a model folder: file sizes, number of parameters, quantization of the weights, context length, tokenizer and
            chat template. The model itself is not loaded.

            Examples:
              {Invocation.Command} inspect models/phi-4-mini-int4
            """) { model, json };
        command.SetAction(async (parsed, _) =>
        {
            var inspection = ModelInspection.Of(parsed.GetValue(model)!);
            await output.WriteAsync(parsed.GetValue(json)
                ? JsonSerializer.Serialize(inspection, ResultsJson.Indented) + "\n"
                : Table(inspection)).ConfigureAwait(false);
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static string Table(ModelInspection inspection)
    {
        var table = new TextTable(
            ("Weights", false), ("Block", true), ("Accuracy level", true), ("Tensors", true), ("Parameters", true), ("MB", true));
        foreach (WeightGroup group in inspection.Weights)
        {
            table.Add(
                group.Storage,
                TextTable.Number(group.BlockSize),
                TextTable.Number(group.AccuracyLevel),
                TextTable.Number(group.Tensors),
                TextTable.Number(group.Parameters),
                TextTable.Number(group.Bytes / 1e6, "0.00"));
        }

        string template = inspection.ChatTemplate is { } text ? $"{text.Length} characters" : "none";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{table}\n{inspection.Model}: {inspection.Type}, {inspection.Parameters} parameters "
            + $"of {inspection.BitsPerParameter:0.0} bits, "
            + $"{inspection.Files.Values.Sum() / 1e6:0.0} MB in {inspection.Files.Count} files\n"
            + $"context {inspection.ContextLength}, vocabulary {inspection.VocabularySize}, "
            + $"end of text {string.Join(' ', inspection.EndOfTextIds)}; tokenizer {inspection.Tokenizer ?? "of unknown class"}; "
            + $"chat template: {template}\n");
    }
}
