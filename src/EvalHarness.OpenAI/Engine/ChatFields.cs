using System.Text.Json.Nodes;
using EvalHarness.OpenAI.Api;
using EvalHarness.Pythonic;

namespace EvalHarness.OpenAI.Engine;

/// <summary>The fields of a chat that say how the server's template writes the turns.</summary>
internal static class ChatFields
{
    /// <param name="options">With the variables of the template.</param>
    /// <param name="isPrefilled">Whether the last turn is the beginning of the answer.</param>
    /// <param name="habits">What the server takes.</param>
    internal static JsonObject Of(EndpointOptions options, bool isPrefilled, ServerHabits habits)
    {
        var fields = new JsonObject();
        if (options.ChatTemplateArguments.Count > 0)
            fields["chat_template_kwargs"] = JsonNode.Parse(PythonJson.Dump(options.ChatTemplateArguments, ascii: false));
        if (isPrefilled && habits.IsToldToContinue)
        {
            fields["continue_final_message"] = true;
            fields["add_generation_prompt"] = false;
        }

        return fields;
    }
}
