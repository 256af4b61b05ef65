using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.OpenAI.Api;
using EvalHarness.OpenAI.Transport;
using EvalHarness.Prompts;
using EvalHarness.Pythonic;
using EvalHarness.Results;

namespace EvalHarness.OpenAI.Engine;

/// <summary>
/// Finds out before a run what an endpoint can do: which model answers, where token ids come from, and whether prompts are scored. That
/// takes the list of models and one to three requests of a few tokens each.
/// </summary>
internal sealed class EndpointOpening(EndpointOptions options, EndpointClient client, CompletionRoute completions, ChatRoute chat)
{
    private const string Prompt = "One, two, three";

    /// <summary>At least as many as <see cref="Prompt"/> has, with what a chat template puts around it.</summary>
    private const int MostTokens = 256;

    /// <summary>Reasoning models of OpenAI refuse a smaller limit.</summary>
    private const int FewTokens = 16;

    internal async Task<OpenedEndpoint> OpenAsync(CancellationToken cancellationToken)
    {
        ServerModels models = await ModelsAsync(cancellationToken).ConfigureAwait(false);
        var opened = new OpenedEndpoint
        {
            Models = models,
            Habits = new ServerHabits { Program = models.Program, KeepsStops = options.ExpectsReasoning },
        };
        try
        {
            return options.IsChat
                ? await OpenChatAsync(opened, cancellationToken).ConfigureAwait(false)
                : await OpenCompletionsAsync(opened, cancellationToken).ConfigureAwait(false);
        }
        catch (EndpointException e)
        {
            throw Unanswered(e, models);
        }
        catch (AnswerException e)
        {
            throw new EvalException(ExitCode.Model, $"{Host} answers, and not as an endpoint for language models does: {e.Message}", e);
        }
    }

    private string Host => options.Address.Url.Authority;

    private string Model => options.Address.Model;

    /// <summary>Servers need not have the list, and it is free.</summary>
    private async Task<ServerModels> ModelsAsync(CancellationToken cancellationToken)
    {
        try
        {
            return ServerModels.Of(
                await client.GetAsync(options.Address.At("/models"), cancellationToken).ConfigureAwait(false), Model);
        }
        catch (EndpointException e) when (e.Status is null or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            throw Unanswered(e, ServerModels.None);
        }
        catch (Exception e) when (e is EndpointException or AnswerException)
        {
            return ServerModels.None;
        }
    }

    private async Task<OpenedEndpoint> OpenChatAsync(OpenedEndpoint opened, CancellationToken cancellationToken)
    {
        ServerHabits habits = opened.Habits;
        while (true)
        {
            JsonObject fields = ChatFields.Of(options, isPrefilled: false, habits);
            fields[habits.IsLimitOfCompletion ? "max_completion_tokens" : "max_tokens"] = FewTokens;
            try
            {
                EndpointAnswer answer = await PaidAsync(
                    FewTokens,
                    () => chat.AskAsync([new ChatMessage("user", Prompt)], fields, cancellationToken),
                    a => a.Usage,
                    cancellationToken).ConfigureAwait(false);
                return opened with
                {
                    // A server that keeps reasoning apart would look for stop strings in it.
                    Habits = habits with { KeepsStops = habits.KeepsStops || answer.Reasoning is not null },
                    Model = answer.Model,
                    Fingerprint = answer.Fingerprint,
                    WhyNotScoring = "prompts are conversations, whose text only the server knows",
                };
            }
            catch (EndpointException e) when (!habits.IsLimitOfCompletion
                && FieldRefusal.In(e, fields) is { } field && GenerationFields.IsLimit(field))
            {
                habits = habits with { IsLimitOfCompletion = true };
            }
        }
    }

    private async Task<OpenedEndpoint> OpenCompletionsAsync(OpenedEndpoint opened, CancellationToken cancellationToken)
    {
        PromptTokens? tokens = await TokensAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            int[]? ids = tokens is null ? null : await tokens.EncodeAsync(Prompt, cancellationToken).ConfigureAwait(false);
            OpenedEndpoint found = opened with { Tokens = tokens };
            string why = opened.Habits.Program == "llamacpp" ? "llama.cpp's server does not score prompts" : "";
            foreach (ScoringWay way in Ways(opened.Habits.Program))
            {
                try
                {
                    JsonObject body = completions.Body(PromptOf(ids), ScoringFields.Of(way));
                    JsonElement answer = await PaidAsync(
                        ScoringFields.Generated,
                        () => completions.PostAsync(body, cancellationToken),
                        AnswerUsage.Of,
                        cancellationToken).ConfigureAwait(false);
                    found = found with { Model = answer.Text("model"), Fingerprint = answer.Text("system_fingerprint") };
                    IReadOnlyList<ScoredToken> scored = PromptScores.Read(answer, way, ids);
                    if (ScoringFields.Problem(scored, ids) is not { } problem)
                    {
                        if (ids is not null && ScoringFields.OtherText(scored, ids.Length, Prompt) is { } other)
                            throw OtherTokenizer(other);
                        return found with { Scoring = way };
                    }

                    why = problem;
                }
                catch (AnswerException e)
                {
                    why = e.Message;
                }
                catch (EndpointException e) when (e.Status is not (null or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden))
                {
                    why = e.Message;
                }
            }

            return await PlainAsync(found with { WhyNotScoring = why }, ids, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            tokens?.Dispose();
            throw;
        }
    }

    private EvalException OtherTokenizer(string read) => new(
        ExitCode.Model,
        $"{Host} reads the tokens of '{Prompt}' as '{EvalException.OneLine(read)}': "
        + (options.Tokenizer is { } path
            ? $"the tokenizer of --tokenizer {path} is not that of its model, or the server puts a token before it; name the model's own"
            : "its /tokenize is not the tokenizer of the model that answers; name the model's own with --tokenizer"));

    private async Task<OpenedEndpoint> PlainAsync(OpenedEndpoint found, int[]? ids, CancellationToken cancellationToken)
    {
        // A server's tokenizer serves scoring; texts are generated from texts, which every server takes.
        JsonObject body = completions.Body(PromptOf(found.Tokens?.Local is null ? null : ids), new JsonObject { ["max_tokens"] = 1 });
        JsonElement json = await PaidAsync(
            completionTokens: 1,
            () => completions.PostAsync(body, cancellationToken),
            AnswerUsage.Of,
            cancellationToken).ConfigureAwait(false);
        EndpointAnswer answer = CompletionRoute.Read(json);
        return found with { Model = answer.Model, Fingerprint = answer.Fingerprint };
    }

    /// <summary>These requests cost money too, if little.</summary>
    private async Task<T> PaidAsync<T>(
        int completionTokens, Func<Task<T>> ask, Func<T, AnswerUsage?> usage, CancellationToken cancellationToken)
    {
        using Account.Payment? payment = options.Account is { } account
            ? await account.ReserveAsync(MostTokens, completionTokens, cancellationToken).ConfigureAwait(false)
            : null;
        T answer = await ask().ConfigureAwait(false);
        payment?.Pay(usage(answer)?.Tokens);
        return answer;
    }

    private static JsonNode PromptOf(int[]? ids) => ids is null ? JsonValue.Create(Prompt) : CompletionRoute.Prompt(ids);

    private async Task<PromptTokens?> TokensAsync(CancellationToken cancellationToken)
    {
        if (options.Tokenizer is { } path)
        {
            return PromptTokens.Of(
                LocalTokenizer.Load(path, options.AddBosToken, options.ThinkEndToken),
                await LocalTokenizer.DescribeAsync(path, cancellationToken).ConfigureAwait(false));
        }

        if (await ServerTokenizer.FindAsync(client, cancellationToken).ConfigureAwait(false) is { } server)
            return PromptTokens.Of(server, options.AddBosToken);
        string? asked = options.MaxLength is not null ? "--max-length"
            : options.TruncateLeft ? "--truncation left"
            : options.AddBosToken is not null ? "--add-bos-token"
            : null;
        return asked is null
            ? null
            : throw new EvalException(
                ExitCode.Usage,
                $"{asked} needs the model's tokenizer, and {Host} has none at /tokenize; add --tokenizer with the model's tokenizer.json");
    }

    /// <summary>Known programs are asked in the way that they have; llama.cpp's server fails on both, and would be asked again.</summary>
    private static ScoringWay[] Ways(string? program) => program switch
    {
        "vllm" => [ScoringWay.PromptLogProbabilities, ScoringWay.Echo],
        "llamacpp" => [],
        "sglang" => [ScoringWay.Echo],
        _ => [ScoringWay.Echo, ScoringWay.PromptLogProbabilities],
    };

    private EvalException Unanswered(EndpointException e, ServerModels models)
    {
        string words = Python.Strip(e.Message, ".", left: false, right: true);
        bool isUnknown = e.Status == HttpStatusCode.NotFound || e.ServerError?.Code == "model_not_found";
        string line = e.Status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden when options.Transport.Key is null =>
                $"{Host} wants a key ({words}); put it into the environment variable {options.KeyVariable}",
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
                $"{Host} refuses the key in {options.KeyVariable} ({words}); set it again, or ask for access",
            _ when isUnknown && !models.May(Model) => $"{Host} knows no model {Model}; it has {models.Listed} (GET /models)",
            _ when isUnknown && options.IsChat =>
                $"{Host} has no chat for the model {Model} at {options.Address.Url} ({words}); expected an address whose /chat/completions "
                + "answers, which for most servers ends in /v1",
            _ => $"{Host} does not answer a first request for {Model}: {words}"
                + (options.IsChat || e.Status is null ? "" : "; a chat model may need --apply-chat-template"),
        };
        return new EvalException(ExitCode.Model, line, e);
    }
}
