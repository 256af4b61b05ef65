using System.Diagnostics;
using System.Text.Json.Nodes;
using EvalHarness.Engines;
using EvalHarness.OpenAI.Api;
using EvalHarness.OpenAI.Transport;
using EvalHarness.Prompts;
using EvalHarness.Results;
using EvalHarness.Tokens;

namespace EvalHarness.OpenAI.Engine;

/// <summary>Asks an endpoint for completions: a conversation by chat, a text by completions.</summary>
internal sealed class EndpointGeneration(
    EndpointOptions options, CompletionRoute completions, ChatRoute chat, OpenedEndpoint opened, AnswerRecord record)
{
    private readonly GenerationAnswer _answer = new(options, opened);
    private volatile ServerHabits _habits = opened.Habits;

    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: the server does not take what every request of the task needs; <see cref="ExitCode.Task"/>: the JSON
    /// schema of the answers is none.
    /// </exception>
    internal async Task<Response> AnswerAsync(GenerateRequest request, CancellationToken cancellationToken)
    {
        if (request.Options.JsonSchema is not null && request.Prompt.IsRendered)
            throw NoSchemas(request);
        long start = Stopwatch.GetTimestamp();
        GenerationPrompt prompt = await PromptAsync(request, cancellationToken).ConfigureAwait(false);
        if (prompt.Failed is not null)
            return prompt.Failed;
        try
        {
            (EndpointAnswer answer, bool sentStops) = await AskAsync(prompt, cancellationToken).ConfigureAwait(false);
            if (sentStops && GenerationAnswer.IsCutInReasoning(answer))
            {
                KeepStops("the model reasons before it answers, and the server looks for stop strings in the reasoning");
                (answer, sentStops) = await AskAsync(prompt, cancellationToken).ConfigureAwait(false);
            }

            record.Check(answer.Model, answer.Fingerprint);
            TimeSpan time = Stopwatch.GetElapsedTime(start);
            Response response = _answer.ToResponse(prompt, answer, sentStops, time.TotalMilliseconds);
            record.CountGenerated(response, time);
            return prompt.Assemble(response);
        }
        catch (EndpointException e) when (e.ServerError?.Code == "content_filter")
        {
            // Azure refuses a prompt that its filter finds something in; that is what the model's users get for it.
            return GenerationAnswer.Filtered(request, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
    }

    private async Task<GenerationPrompt> PromptAsync(GenerateRequest request, CancellationToken cancellationToken)
    {
        if (!request.Prompt.IsRendered)
        {
            foreach (ChatMessage turn in request.Prompt.Messages)
                UnicodeText.Check(turn.Content);
            return request.Prompt.IsPrefilled && !_habits.ContinuesAnswers
                ? throw Unfinished(request)
                : GenerationPrompt.Conversation(request);
        }

        UnicodeText.Check(request.Context);
        bool needsTokens = options.MaxLength is not null || options.TruncateLeft || options.AddBosToken is not null;
        if (opened.Tokens is not { } tokens || (tokens.Local is null && !needsTokens))
            return GenerationPrompt.OfText(request);
        int window = opened.Window(options);
        using EncodedRequests encoded = await tokens
            .EncodeAsync([request], window, options.TruncateLeft, cancellationToken)
            .ConfigureAwait(false);
        return GenerationPrompt.OfTokens(request, encoded, window);
    }

    /// <summary>Servers have fields of their own for it there, under several names, and take an unknown field without a word.</summary>
    private EvalException NoSchemas(GenerateRequest request) => AnswerSchema.Unsupported(
        request.Key.Task,
        $"{options.Address.Url.Authority} is asked to continue texts, for which OpenAI's API has no field for a schema; conversations "
        + "(--apply-chat-template) have one");

    private EvalException Unfinished(GenerateRequest request) => new(
        ExitCode.Model,
        $"task {request.Key.Task} begins the answer (gen_prefix), and {options.Address.Url.Authority} is not known to continue one: it "
        + "could answer anew; vLLM, SGLang and llama.cpp do; leave out --apply-chat-template for others");

    private async Task<(EndpointAnswer Answer, bool SentStops)> AskAsync(GenerationPrompt prompt, CancellationToken cancellationToken)
    {
        using Account.Payment? payment = options.Account is { } account
            ? await account.ReserveAsync(prompt.MostTokens, prompt.MaxTokens, cancellationToken).ConfigureAwait(false)
            : null;
        while (true)
        {
            ServerHabits habits = _habits;
            JsonObject fields = GenerationFields.Of(prompt.Request, prompt.MaxTokens, habits);
            try
            {
                EndpointAnswer answer = await AskAsync(prompt, fields, habits, cancellationToken).ConfigureAwait(false);
                payment?.Pay(answer.Usage?.Tokens);
                return (answer, fields.ContainsKey("stop"));
            }
            catch (EndpointException e) when (prompt.Request.Options.JsonSchema is not null && FieldRefusal.IsOfSchema(e))
            {
                throw AnswerSchema.Unsupported(
                    prompt.Request.Key.Task, $"{options.Address.Url.Authority} does not take the one that it was sent: {e.Message}");
            }
            catch (EndpointException e) when (FieldRefusal.In(e, fields) is { } field)
            {
                if (GenerationFields.IsLimit(field))
                    _habits = _habits with { IsLimitOfCompletion = true };
                else if (GenerationFields.IsStops(field))
                    KeepStops("the server takes no stop strings");
                else
                    throw Refused(field, e);
            }
        }
    }

    private async Task<EndpointAnswer> AskAsync(
        GenerationPrompt prompt, JsonObject fields, ServerHabits habits, CancellationToken cancellationToken)
    {
        if (prompt.Text is { } text)
        {
            JsonObject body = completions.Body(text.DeepClone(), fields);
            return CompletionRoute.Read(await completions.PostAsync(body, cancellationToken).ConfigureAwait(false));
        }

        foreach ((string name, JsonNode? value) in ChatFields.Of(options, prompt.Request.Prompt.IsPrefilled, habits))
            fields[name] = value?.DeepClone();
        return await chat.AskAsync(prompt.Request.Prompt.Messages, fields, cancellationToken).ConfigureAwait(false);
    }

    private void KeepStops(string why)
    {
        ServerHabits before = _habits;
        _habits = before with { KeepsStops = true };
        if (!before.KeepsStops)
            record.AnnounceOnce($"{why}; answers are cut at them here");
    }

    private EvalException Refused(string field, EndpointException e) => new(
        ExitCode.Model,
        $"{options.Address.Url.Authority} does not take the field {field}: {e.Message}; leave out the setting that it is from (--gen-kwargs"
        + (field == "temperature"
            ? ", and for a model that cannot be greedy give --gen-kwargs do_sample=true,temperature=1)"
            : ", --chat-template-kwargs or the task's own)"),
        e);
}
