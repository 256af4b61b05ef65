using System.Globalization;
using System.Text.Json;
using EvalHarness.Data.Tables;
using EvalHarness.Pythonic;

namespace EvalHarness.Results;

/// <summary>What options hand to a model's chat template: variables, and the day that it sees as today.</summary>
internal static class TemplateArguments
{
    private const string DateForm = "yyyy-MM-dd";

    /// <summary>Variables that say what is rendered, and so are not the user's to give.</summary>
    private static readonly string[] Own = ["messages", "add_generation_prompt"];

    /// <summary>The variables that <c>--chat-template-kwargs</c> and <c>--enable-thinking</c> give, by name.</summary>
    /// <remarks>The order of precedence is that of lm-evaluation-harness's chat_template_args and enable_thinking.</remarks>
    internal static IReadOnlyDictionary<string, object?> Of(RunOptions options)
    {
        var arguments = new Dictionary<string, object?>(options.ChatTemplateArguments is { } json ? Parse(json) : []);
        if (options.EnableThinking is { } thinks)
            arguments["enable_thinking"] = thinks;
        return arguments;
    }

    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: the text is not a JSON object.</exception>
    internal static SortedDictionary<string, object?> Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (PlainJson.From(document.RootElement) is not IReadOnlyDictionary<string, object?> arguments)
                throw Wrong($"found {document.RootElement.ValueKind.ToString().ToLowerInvariant()}");
            return Own.FirstOrDefault(arguments.ContainsKey) is { } own
                ? throw new EvalException(ExitCode.Usage, $"--chat-template-kwargs: {own} is set by the run itself; leave it out")
                : new SortedDictionary<string, object?>(arguments.ToDictionary(), StringComparer.Ordinal);
        }
        catch (JsonException e)
        {
            throw Wrong(EvalException.OneLine(e.Message));
        }

        EvalException Wrong(string found) => new(
            ExitCode.Usage,
            $"--chat-template-kwargs {json}: expected a JSON object of variables such as {{\"enable_thinking\": false}}; {found}");
    }

    /// <summary>The variables as JSON in one form, so that equal ones are equal texts.</summary>
    internal static string Normal(string json) => PythonJson.Dump(Parse(json), ascii: false);

    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: the text is not a date of the form YYYY-MM-DD.</exception>
    internal static DateOnly Date(string text) =>
        DateOnly.TryParseExact(text, DateForm, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date)
            ? date
            : throw new EvalException(ExitCode.Usage, $"--template-date {text}: expected a day as YYYY-MM-DD, such as 2026-11-25");

    internal static string Text(DateOnly date) => date.ToString(DateForm, CultureInfo.InvariantCulture);
}
