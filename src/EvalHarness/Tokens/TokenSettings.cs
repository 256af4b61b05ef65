using System.Globalization;
using EvalHarness.Engines;

namespace EvalHarness.Tokens;

/// <summary>The settings of tokens and templates that an engine's description has only for models with the feature.</summary>
internal static class TokenSettings
{
    internal static Dictionary<string, string> Of(ModelTokenizer tokenizer, Conversations conversations)
    {
        var settings = new Dictionary<string, string>();
        if (conversations.DateWritten is { } date)
            settings[EngineDescription.TemplateDate] = date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        if (tokenizer.Reasoning is { } reasoning)
            settings[EngineDescription.ThinkEndToken] = reasoning.Description;
        return settings;
    }
}
