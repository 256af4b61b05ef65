using System.Text.Json.Nodes;
using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Engine;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Prompts;
using EvalHarness.Tasks;
using EvalHarness.Tokens;

namespace EvalHarness.Tests.Engines;

/// <summary>Texts longer than the model's context, the beginning-of-text token, and chat templates, on a real model.</summary>
public sealed class PromptLengthTests
{
    private const string Story =
        "Once upon a time, there was a little girl named Lily. She loved to play outside in the park with her friends. One day, they saw " +
            "a big dog. The dog was very happy and ran to them.";

    private static async Task<Response> AnswerAsync(GenAiOptions options, Request request)
    {
        await using GenAiEngine engine = await GenAiEngine.LoadAsync(Shared.Model("fp32"), options, CancellationToken.None);
        return await SingleAsync(engine, request);
    }

    private static async Task<Response> SingleAsync(GenAiEngine engine, Request request)
    {
        await foreach (Response response in engine.RunAsync([request], new HashSet<RequestKey>(), CancellationToken.None))
            return response;
        throw new InvalidOperationException("no response");
    }

    private static RequestKey Key => new("t", 0, 0);

    /// <summary>Computes ln P of each continuation token in a new session, without any sharing.</summary>
    private static List<double> ScoreAlone(LoadedModel model, int[] context, int[] continuation)
    {
        int[] fed = [.. context, .. continuation[..^1]];
        using ModelSession session = model.NewSession(fed.Length);
        session.Append(fed);
        LogitRows rows = session.ReadRows();
        int first = fed.Length - rows.Count;
        return [.. continuation.Select((token, i) =>
        {
            ReadOnlySpan<float> row = rows[context.Length - 1 + i - first];
            return row[token] - LogSoftmax.LogSumExp(row);
        })];
    }

    /// <summary>
    /// Cuts a text into the reference's windows: a full window scores all its tokens and has one token of context before them.
    /// </summary>
    private static IEnumerable<(int[] Context, int[] Continuation)> Windows(int[] tokens, int prefix, int length)
    {
        yield return ([prefix], tokens[..Math.Min(length, tokens.Length)]);
        for (int done = length; done < tokens.Length; done += length)
        {
            int end = Math.Min(done + length, tokens.Length);
            // A window's input ends one token before the last token that it scores.
            int[] input = tokens[(end - length - 1)..(end - 1)];
            yield return (input[..(input.Length - (end - done) + 1)], tokens[done..end]);
        }
    }

    [SharedTheory]
    [InlineData(512)]
    [InlineData(40)]
    [InlineData(17)]
    [InlineData(2)]
    public async Task RollingLogLikelihood_InWindows_IsTheSumOfEachAlone(int window)
    {
        using LoadedModel model = LoadedModel.Load(Shared.Model("fp32"), new GenAiOptions());
        int[] tokens = model.Tokenizer.EncodeText(Story);
        double[] expected =
            [.. Windows(tokens, model.Tokenizer.FirstToken, window).SelectMany(w => ScoreAlone(model, w.Context, w.Continuation))];
        Response response = await AnswerAsync(
            new GenAiOptions { MaxLength = window }, new RollingLogLikelihoodRequest { Key = Key, Prompt = Story });
        Assert.Null(response.Error);
        Assert.Equal(tokens.Length, response.TokenLogProbabilities.Count);
        Assert.All(expected.Zip(response.TokenLogProbabilities), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        Assert.Equal(expected.Sum(), response.LogLikelihood!.Value, 1e-3);
    }

    [SharedFact]
    public async Task LogLikelihood_TooLong_FailsOrLosesItsBeginning()
    {
        using LoadedModel model = LoadedModel.Load(Shared.Model("fp32"), new GenAiOptions());
        var request = new LogLikelihoodRequest { Key = Key, Prompt = Story, Continuation = " They were friends." };
        Assert.Contains(
            "--truncation left", (await AnswerAsync(new GenAiOptions { MaxLength = 32 }, request)).Error, StringComparison.Ordinal);

        (int[] context, int[] continuation) = new PairEncoder(model.Tokenizer).Encode(request.Context, request.Continuation);
        Response cut = await AnswerAsync(new GenAiOptions { MaxLength = 32, TruncateLeft = true }, request);
        int kept = 33 - continuation.Length;
        Assert.Equal(context.Length - kept, cut.TruncatedTokens);
        Assert.Equal(context.Length, cut.PromptTokens);
        Assert.Equal(ScoreAlone(model, context[^kept..], continuation).Sum(), cut.LogLikelihood!.Value, 1e-4);
    }

    [SharedFact]
    public async Task Completion_TooLong_KeepsRoomForAllItsTokens()
    {
        var request =
            new GenerateRequest { Key = Key, Prompt = Story, Options = new GenerationOptions { Until = [], MaxTokens = 8 }, Seed = 0 };
        Response cut = await AnswerAsync(new GenAiOptions { MaxLength = 32, TruncateLeft = true }, request);
        Assert.Equal((cut.PromptTokens - 24, 8), (cut.TruncatedTokens, cut.CompletionTokens));
        Response none = await AnswerAsync(new GenAiOptions { MaxLength = 8, TruncateLeft = true }, request);
        Assert.Contains("no room for a prompt: max_gen_toks is 8", none.Error, StringComparison.Ordinal);
    }

    /// <summary>Text for more than one worker is encoded to the same tokens in the same order.</summary>
    [SharedFact]
    public void Encode_OnAllCores_GivesWhatOneDoes()
    {
        using LoadedModel model = LoadedModel.Load(Shared.Model("fp32"), new GenAiOptions());
        string text = string.Concat(Enumerable.Repeat(Story, 250));
        List<Request> requests = [.. Enumerable.Range(0, 66).SelectMany(i => ((string[])[" a", " b", " cat"]).Select(
            (c, j) => (Request)new LogLikelihoodRequest { Key = new RequestKey("t", i, j), Prompt = $"{i} {text}", Continuation = c }))];
        var one = new RequestEncoder(model.Tokenizer, model.Window, truncateLeft: true);
        one.Add(requests);
        using EncodedRequests all = EncodedRequests.Encode(model.Tokenizer, model.Window, requests, truncateLeft: true);
        Assert.Equal(198, all.Count);
        Assert.All(one.Encoded.Zip(all), pair =>
        {
            Assert.Equal(pair.First.Key, pair.Second.Key);
            Assert.Equal(pair.First.Sequence.Tokens, pair.Second.Sequence.Tokens);
            Assert.Equal(pair.First.Continuation, pair.Second.Continuation);
            Assert.Equal(pair.First.Truncated, pair.Second.Truncated);
        });
        Assert.Equal(one.Encoded[^1].Truncated, all.Assemble(all.Failed(197, "x"))!.TruncatedTokens);
    }

    [SharedFact]
    public async Task BeginOfText_ByFlag()
    {
        var request = new LogLikelihoodRequest { Key = Key, Prompt = "Once upon", Continuation = " a time" };
        Response standard = await AnswerAsync(new GenAiOptions(), request),
            with = await AnswerAsync(new GenAiOptions { AddBosToken = true }, request),
                without = await AnswerAsync(new GenAiOptions { AddBosToken = false }, request);
        Assert.Equal((standard.PromptTokens, standard.LogLikelihood), (with.PromptTokens, with.LogLikelihood));
        Assert.Equal(standard.PromptTokens - 1, without.PromptTokens);
        Assert.NotEqual(standard.LogLikelihood, without.LogLikelihood);
    }

    [SharedFact]
    public async Task ChatTemplate_OfTheModel_IsAppliedAndItsAbsenceTold()
    {
        ChatMessage[] messages = [new("system", "Be brief."), new("user", "Hi \"there\""), new("assistant", "So")];
        await using (GenAiEngine plain = await GenAiEngine.LoadAsync(Shared.Model("fp32"), new GenAiOptions(), CancellationToken.None))
        {
            Assert.Equal("none", plain.Description.Settings[EngineDescription.ChatTemplate]);
            Assert.Contains(
                "chat_template in tokenizer_config.json",
                Assert.Throws<EvalException>(() => plain.Render(Prompt.FromMessages(messages, isPrefilled: true))).Message,
                StringComparison.Ordinal);
        }

        using var folder = new TemporaryFolder();
        foreach (string file in Directory.GetFiles(Shared.Model("fp32")))
            File.Copy(file, folder[Path.GetFileName(file)]);
        JsonObject config = JsonNode.Parse(File.ReadAllText(folder["tokenizer_config.json"]))!.AsObject();
        config["chat_template"] =
            "{% for m in messages %}<|{{ m['role'] }}|>\n{{ m['content'] }}</s>\n" +
                "{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}";
        File.WriteAllText(folder["tokenizer_config.json"], config.ToJsonString());
        await using GenAiEngine engine = await GenAiEngine.LoadAsync(folder[""], new GenAiOptions(), CancellationToken.None);
        Assert.Equal("takes system messages", engine.Description.Settings[EngineDescription.ChatTemplate]);
        var question = Prompt.FromMessages(messages[1..2], isPrefilled: false);
        Assert.Equal("<|user|>\nHi \"there\"</s>\n<|assistant|>\n", engine.Render(question).Text);
        var conversation = Prompt.FromMessages(messages, isPrefilled: true);
        Prompt rendered = engine.Render(conversation);
        Assert.Equal("<|system|>\nBe brief.</s>\n<|user|>\nHi \"there\"</s>\n<|assistant|>\nSo", rendered.Text);
        var request = new LogLikelihoodRequest { Key = Key, Prompt = conversation, Continuation = " it is" };
        Response asked = await SingleAsync(engine, request), expected = await SingleAsync(engine, request with { Prompt = rendered });
        Assert.NotNull(asked.LogLikelihood);
        Assert.Equal(expected.LogLikelihood, asked.LogLikelihood);
    }

    [SharedFact]
    public async Task ChatTemplate_ThatRefusesSystem_GoesWithoutAndSaysSo()
    {
        using var folder = new TemporaryFolder();
        foreach (string file in Directory.GetFiles(Shared.Model("fp32")))
            File.Copy(file, folder[Path.GetFileName(file)]);
        JsonObject config = JsonNode.Parse(File.ReadAllText(folder["tokenizer_config.json"]))!.AsObject();
        config["chat_template"] =
            "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for " +
                "m in messages %}<|{{ m['role'] }}|>{{ m['content'] | trim }}{% endfor %}{% if add_generation_prompt %}<|model|>{% endif " +
                "%}";
        File.WriteAllText(folder["tokenizer_config.json"], config.ToJsonString());
        await using GenAiEngine engine = await GenAiEngine.LoadAsync(folder[""], new GenAiOptions(), CancellationToken.None);
        Assert.Equal(
            "<s><|user|>Hi é 😀 \\n<|model|>",
            engine.Render(Prompt.FromMessages([new("system", "Be brief."), new("user", " Hi é 😀 \\n")], isPrefilled: false)).Text);
        Assert.Contains("refuses system messages", engine.Description.Settings[EngineDescription.ChatTemplate], StringComparison.Ordinal);
    }
}
