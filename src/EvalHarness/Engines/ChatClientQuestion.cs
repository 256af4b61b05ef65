using System.Text.Json;
using EvalHarness.Prompts;
using EvalHarness.Tasks;
using Microsoft.Extensions.AI;
using ChatTurn = Microsoft.Extensions.AI.ChatMessage;

namespace EvalHarness.Engines;

/// <summary>A request as a chat client takes it.</summary>
internal static class ChatClientQuestion
{
    /// <summary>A schema must have a name, which some servers tell the model.</summary>
    private const string NameOfSchema = "answer";

    /// <summary>Checks that a client can be asked what a request asks.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: a chat client cannot; <see cref="ExitCode.Task"/>: the request's JSON schema is none.
    /// </exception>
    internal static void Check(Request request)
    {
        string task = $"task {request.Key.Task}";
        if (request is not GenerateRequest generate)
        {
            throw Cannot(
                $"{task} needs log-likelihoods, which a chat client does not give; use a task that generates answers, or a local model");
        }

        if (generate.Prompt is { IsRendered: false, IsPrefilled: true })
            throw Cannot($"{task} begins the answer (gen_prefix), and a chat client could answer anew; leave gen_prefix out");
        GenerationOptions options = generate.Options;
        if (options is { Greedy: false, MinP: > 0 })
            throw Cannot($"{task} samples with min_p, which a chat client does not take; leave it out (--gen-kwargs min_p=0)");
        if (options.RepetitionPenalty != 1)
        {
            throw Cannot(
                $"{task} has a repetition_penalty, which a chat client does not take; leave it out (--gen-kwargs repetition_penalty=1)");
        }

        if (options.JsonSchema is { } schema)
            _ = AnswerSchema.Parse(request.Key.Task, schema);
    }

    private static EvalException Cannot(string line) => new(ExitCode.Model, line);

    /// <summary>A conversation goes turn by turn, a text as the turn of a user.</summary>
    /// <exception cref="Tokenizers.UnencodableTextException">A turn has half of a surrogate pair.</exception>
    internal static IReadOnlyList<ChatTurn> Turns(Prompt prompt)
    {
        ChatTurn[] turns = prompt.IsRendered
            ? [new ChatTurn(ChatRole.User, prompt.Text)]
            : [.. prompt.Messages.Select(m => new ChatTurn(new ChatRole(m.Role), m.Content))];
        foreach (ChatTurn turn in turns)
            UnicodeText.Check(turn.Text);
        return turns;
    }

    /// <param name="request">What is asked.</param>
    /// <param name="sendsStops">
    /// Whether the client gets the stop strings. It never gets them with a JSON schema: such an answer ends by itself, and cut at a stop
    /// string it could not be told from one of another form.
    /// </param>
    internal static ChatOptions Options(GenerateRequest request, bool sendsStops)
    {
        GenerationOptions asked = request.Options;
        string[] stops = [.. asked.Until.Where(s => s.Length > 0)];
        var options = new ChatOptions
        {
            MaxOutputTokens = asked.MaxTokens,
            Temperature = asked.Greedy ? 0 : (float)asked.Temperature,
            StopSequences = sendsStops && stops.Length > 0 && asked.JsonSchema is null ? [.. stops] : null,
        };
        if (!asked.Greedy)
        {
            options.Seed = request.Seed;
            options.TopP = asked.TopP < 1 ? (float)asked.TopP : null;
            options.TopK = asked.TopK > 0 ? asked.TopK : null;
        }

        if (asked.JsonSchema is { } schema)
        {
            JsonElement form = AnswerSchema.Parse(request.Key.Task, schema);
            options.ResponseFormat = ChatResponseFormat.ForJsonSchema(form, NameOfSchema);
        }

        return options;
    }
}
