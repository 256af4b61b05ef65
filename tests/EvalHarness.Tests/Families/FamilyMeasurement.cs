using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Engine;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Prompts;

namespace EvalHarness.Tests.Families;

/// <summary>What the engine does with a family's model, in the words of the table of families.</summary>
internal sealed record FamilyMeasurement
{
    internal const string Right = "right";

    private const string Differs = "**differs**";

    private const string Errored = "**errored**";

    /// <summary>Sums of float32 in another order; the tolerance of the other tests that compare with plain loops.</summary>
    private const double Tolerance = 1e-4;

    internal required string Type { get; init; }

    internal required FamilyIds Ids { get; init; }

    internal required string Template { get; init; }

    /// <summary>The engine's log-likelihoods beside numpy's.</summary>
    internal required string Reference { get; init; }

    /// <summary>The engine's log-likelihoods beside those of a session of each request's own.</summary>
    internal required string LogLikelihoods { get; init; }

    internal required string Generation { get; init; }

    internal required string PrefixReuse { get; init; }

    internal required Capabilities Capabilities { get; init; }

    /// <summary>A line for each request that was not answered rightly.</summary>
    internal required IReadOnlyList<string> Details { get; init; }

    internal static async Task<FamilyMeasurement> TakeAsync(FamilyCase family)
    {
        using var model = new FamilyModel(family);
        await using GenAiEngine engine = await GenAiEngine.LoadAsync(model.Folder, new GenAiOptions(), CancellationToken.None);
        await using GenAiEngine apart = await GenAiEngine.LoadAsync(
            model.Folder, new GenAiOptions { PrefixReuse = false }, CancellationToken.None);
        Dictionary<RequestKey, Response> responses = await RunAsync(engine), alone = await RunAsync(apart);
        LoadedModel loaded = engine.Model;
        FamilyTokens[] scored = [.. FamilyRequests.Scored.Select(r => FamilyTokens.Of(loaded.Tokenizer, r))];
        double[][] numpy = model.Reference(scored.Select(s => (s.Ids, s.From)), loaded.Config.VocabularySize);
        var details = new List<string>();
        return new FamilyMeasurement
        {
            Type = engine.Description.Settings["model type"],
            Ids = FamilyIds.Of(loaded.Tokenizer, family),
            Template = Render(engine, details),
            Reference = Worst(scored.Zip(numpy, (s, values) => Compare(responses[s.Key], values, "numpy", details))),
            LogLikelihoods = Worst(scored.Select(s => Compare(responses[s.Key], Alone(loaded, s), "alone", details))),
            Generation = Worst(FamilyRequests.Generated.Select(r => Compare(responses[r.Key], Continue(loaded, r), details))),
            PrefixReuse = engine.Usage.PromptTokensComputed < apart.Usage.PromptTokensComputed
                ? Worst(responses.Values.Select(r => Compare(r, alone[r.Key].TokenLogProbabilities, "without sharing", details)))
                : "nothing is shared",
            Capabilities = loaded.Capabilities,
            Details = details,
        };
    }

    private static async Task<Dictionary<RequestKey, Response>> RunAsync(GenAiEngine engine) =>
        await engine
            .RunAsync([.. FamilyRequests.Scored, .. FamilyRequests.Generated], new HashSet<RequestKey>(), CancellationToken.None)
            .ToDictionaryAsync(r => r.Key);

    private static string Render(GenAiEngine engine, List<string> details)
    {
        if (engine.Description.Settings[EngineDescription.ChatTemplate] == "none")
            return "none";
        try
        {
            string text = engine.Render(Prompt.FromMessages(FamilyRequests.Conversation, isPrefilled: false)).Text;
            bool whole = FamilyRequests.Conversation.All(m => text.Contains(m.Content, StringComparison.Ordinal));
            return whole ? "rendered" : "turns are missing";
        }
        catch (EvalException e)
        {
            details.Add(e.Message);
            return "refused";
        }
    }

    private static string Worst(IEnumerable<string> words) =>
        words.ToHashSet() is var found && found.Contains(Errored) ? Errored : found.Contains(Differs) ? Differs : Right;

    private static string Compare(Response response, IReadOnlyList<double> expected, string with, List<string> details)
    {
        if (response.Error is not null)
        {
            details.Add($"{response.Key}: {response.Error}");
            return Errored;
        }

        IReadOnlyList<double> actual = response.TokenLogProbabilities;
        double largest = actual.Zip(expected, (x, y) => Math.Abs(x - y)).DefaultIfEmpty().Max();
        if (actual.Count == expected.Count && largest <= Tolerance
            && Math.Abs((response.LogLikelihood ?? actual.Sum()) - expected.Sum()) <= Tolerance * expected.Count)
            return Right;
        details.Add($"{response.Key}, {with}: {actual.Count} tokens for {expected.Count}, ln P differs by {largest:0.0e+0}");
        return Differs;
    }

    private static string Compare(Response response, string expected, List<string> details)
    {
        if (response.Text == expected)
            return Right;
        details.Add($"{response.Key}: {response.Error ?? $"'{response.Text}' for '{expected}'"}");
        return response.Error is null ? Differs : Errored;
    }

    /// <summary>ln P of a request's continuation, in a session that computes this request alone, in one append.</summary>
    private static List<double> Alone(LoadedModel model, FamilyTokens tokens)
    {
        using ModelSession session = Session(model);
        session.Append(tokens.Ids);
        LogitRows rows = session.ReadRows();
        return [.. tokens.Ids.Skip(tokens.From).Select((id, i) => LogProbability(rows[tokens.From - 1 + i], id))];
    }

    /// <summary>
    /// The completion of a request. Its tokens are found one by one, and then those are taken that one step over the whole text gives.
    /// </summary>
    private static string Continue(LoadedModel model, GenerateRequest request)
    {
        List<int> ids = [.. model.Tokenizer.EncodePrompt(request.Context)];
        int prompt = ids.Count;
        using (ModelSession stepwise = Session(model))
        {
            for (int[] added = [.. ids]; ids.Count < prompt + FamilyRequests.MaxTokens; added = [ids[^1]])
            {
                stepwise.Append(added);
                ids.Add(LogSoftmax.ArgMax(stepwise.ReadRows().Last));
            }
        }

        using ModelSession whole = Session(model);
        whole.Append([.. ids]);
        LogitRows rows = whole.ReadRows();
        return model.Tokenizer.Decode(
        [
            .. Enumerable.Range(prompt - 1, FamilyRequests.MaxTokens)
                .Select(row => LogSoftmax.ArgMax(rows[row]))
                .TakeWhile(token => !model.Config.EndOfTextIds.Contains(token)),
        ]);
    }

    /// <summary>A session with room for the whole context, which is how the runtime is used where nothing is saved.</summary>
    private static ModelSession Session(LoadedModel model) => model.NewSession(model.Config.ContextLength);

    /// <summary>Log-softmax by its definition, independently of the library's.</summary>
    private static double LogProbability(ReadOnlySpan<float> row, int token)
    {
        double sum = 0;
        foreach (float value in row)
            sum += Math.Exp(value);
        return row[token] - Math.Log(sum);
    }
}
