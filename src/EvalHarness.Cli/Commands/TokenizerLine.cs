using System.Text.Json;
using System.Text.Json.Serialization;
using EvalHarness.Data.Tables;
using EvalHarness.Files;
using EvalHarness.Pythonic;
using EvalHarness.Tokenizers;

namespace EvalHarness.Cli.Commands;

/// <summary>One input line of <c>evalharness tokenizer</c>.</summary>
internal sealed record TokenizerLine
{
    public string? Text { get; init; }

    public IReadOnlyList<int>? Ids { get; init; }

    public JsonElement? Messages { get; init; }

    public bool? AddGenerationPrompt { get; init; }

    /// <summary>The line, or null and what is wrong with it.</summary>
    internal static TokenizerLine? TryParse(string json, out string problem)
    {
        problem = "expected a JSON object";
        try
        {
            return JsonSerializer.Deserialize<TokenizerLine>(json, ResultsJson.Line);
        }
        catch (JsonException e)
        {
            // Behind the reason .NET says where in the line it is, and of a value that does not fit the name of its own type.
            problem = e.Message.Contains("could not be converted", StringComparison.Ordinal)
                ? e.Path is { Length: > 2 } path ? $"\"{path[2..]}\" has a value of another kind than expected" : problem
                : $"{problem}: {EvalException.OneLine(e.Message.Split(" Path:")[0])}";
            return null;
        }
    }

    internal static TokenizerAnswer Encoded(JsonTokenizer tokenizer, TokenizerLine line, bool special)
    {
        if (line.Text is not { } text)
            return new TokenizerAnswer { Error = "the line has no \"text\"" };
        try
        {
            return new TokenizerAnswer { Ids = tokenizer.Encode(text, special), Pieces = () => Pieces(tokenizer, text, special) };
        }
        catch (UnencodableTextException e)
        {
            return new TokenizerAnswer { Error = e.Message };
        }
    }

    /// <summary>A token that stands for a part of the text has that part, and any other token its own spelling.</summary>
    private static IEnumerable<(int Id, string Text)> Pieces(JsonTokenizer tokenizer, string text, bool special)
    {
        (int, string) Spelled(int id) => (id, tokenizer.TokenOf(id) ?? "");
        IEnumerable<(int, string)> inside = tokenizer.Tokens(text)
            .Select(t => t.Length > 0 ? (t.Id, text.Substring(t.Start, t.Length)) : Spelled(t.Id));
        return special ? [.. tokenizer.Prefix.Select(Spelled), .. inside, .. tokenizer.Suffix.Select(Spelled)] : inside;
    }

    internal static TokenizerAnswer Decoded(JsonTokenizer tokenizer, TokenizerLine line, bool special) => line.Ids switch
    {
        null => new TokenizerAnswer { Error = "the line has no \"ids\"" },
        var ids when ids.Any(id => id < 0) => new TokenizerAnswer { Error = $"{ids.First(id => id < 0)} is no id; expected 0 or more" },
        var ids => new TokenizerAnswer { Text = tokenizer.Decode([.. ids], skipSpecialTokens: !special) },
    };

    internal static TokenizerAnswer Rendered(
        ChatTemplate template, TokenizerLine line, IReadOnlyDictionary<string, object?> arguments, DateOnly date)
    {
        try
        {
            if (line.Messages is not { } messages || PlainJson.From(messages) is not IReadOnlyList<object?> turns)
                return new TokenizerAnswer { Error = "the line has no list \"messages\"" };
            return new TokenizerAnswer { Text = template.Render(turns, line.AddGenerationPrompt ?? true, arguments, date) };
        }
        catch (Exception e) when (e is ChatTemplateRefusal or ChatTemplateException or JsonException)
        {
            return new TokenizerAnswer { Error = EvalException.OneLine(e.Message) };
        }
    }
}

/// <summary>One output line of <c>evalharness tokenizer</c>: ids, a text, or why there is neither.</summary>
internal sealed record TokenizerAnswer
{
    public IReadOnlyList<int>? Ids { get; init; }

    public string? Text { get; init; }

    public string? Error { get; init; }

    /// <summary>Of each token: its id, and the part of the text that it stands for.</summary>
    [JsonIgnore]
    public Func<IEnumerable<(int Id, string Text)>>? Pieces { get; init; }

    /// <summary>
    /// Ids with the part of the text behind each; a text as it is, with control characters other than line feeds escaped.
    /// </summary>
    internal string ForPeople()
    {
        if (Error is not null)
            return $"error: {Terminal.Visible(Error)}";
        return Text is not null
            ? string.Join('\n', Text.Split('\n').Select(Terminal.Visible))
            : $"{Ids!.Count} tokens: "
                + string.Join(' ', Pieces!().Select(p => $"{p.Id}:{Terminal.Visible(PythonJson.Dump(p.Text, ascii: false))}"));
    }

    internal string ToJson() => JsonSerializer.Serialize(this, ResultsJson.Line);
}
