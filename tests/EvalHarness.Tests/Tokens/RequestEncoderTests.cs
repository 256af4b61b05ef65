using System.Runtime.CompilerServices;
using EvalHarness.Prompts;
using EvalHarness.Tasks;
using EvalHarness.Tokenizers;
using EvalHarness.Tokens;

namespace EvalHarness.Tests.Tokens;

/// <summary>What an encoder holds of the requests that it reads.</summary>
public sealed class RequestEncoderTests
{
    private const int Window = 1000;

    private static ModelTokenizer Letters() => new(new LetterTokenizer(), beginOfText: null, endOfText: 7, addBosToken: null);

    private static LogLikelihoodRequest Score(Prompt prompt, int document, int index, string continuation) => new()
    {
        Key = new RequestKey("t", document, index),
        Prompt = prompt,
        Continuation = continuation,
    };

    private static IEnumerable<Request> Choices(int document, string context, params string[] continuations)
    {
        Prompt prompt = context;
        return continuations.Select((c, i) => Score(prompt, document, i, c));
    }

    [Fact]
    public void Choices_HoldTheTokensOfTheirContextOnce()
    {
        using ModelTokenizer tokenizer = Letters();
        using var encoded = EncodedRequests.Encode(
            tokenizer, Window, [.. Choices(0, "Question", "a", "b", "cc", "dd"), .. Choices(1, "Question", "a")], truncateLeft: false);
        Assert.Equal(
            ["Question", "Question", "Questionc", "Questiond", "Question"],
            encoded.Select(r => tokenizer.Decode(r.Sequence.Tokens.ToArray())));
        Assert.Equal(["a", "b", "cc", "dd", "a"], encoded.Select(r => tokenizer.Decode(r.Continuation)));
        Assert.All(encoded, r => Assert.Equal((7, 8, 0), (r.Sequence.ReadFrom, r.PromptTokens, r.Truncated)));
        Assert.True(encoded.Sequences.Slice(2, 0, 8).Overlaps(encoded.Sequences.Slice(3, 0, 8)));
        Assert.True(encoded.Sequences.AreOneContext(0, 1));
        Assert.False(encoded.Sequences.AreOneContext(0, 2));
    }

    /// <summary>A choice that is longer leaves less of the context, and the end of the context is held once.</summary>
    [Fact]
    public void Choices_OfAContextThatIsTooLong_KeepItsEnd()
    {
        using ModelTokenizer tokenizer = Letters();
        string context = string.Concat(Enumerable.Range(0, 300).Select(i => $"{i:0000}"));
        string[] continuations = ["a", "bb", "c", "dddd"];
        using var requests = EncodedRequests.Encode(tokenizer, Window, Choices(0, context, continuations), truncateLeft: true);
        foreach ((EncodedRequest encoded, string continuation) in requests.Zip(continuations))
        {
            string fed = (context + continuation)[..^1];
            Assert.Equal(fed[^Window..], tokenizer.Decode(encoded.Sequence.Tokens.ToArray()));
            Assert.Equal(fed.Length - Window, encoded.Truncated);
            Assert.Equal(context.Length, encoded.PromptTokens);
            Assert.Equal(Window - continuation.Length, encoded.Sequence.ReadFrom);
        }
    }

    /// <summary>Requests are made while they are read. Many texts pass through, and few are held at any time.</summary>
    [Fact]
    public void Requests_AreReadInBlocksAndNotHeld()
    {
        using ModelTokenizer tokenizer = Letters();
        string text = new('x', 50_000);
        var prompts = new List<WeakReference>();
        int most = 0;
        IEnumerable<Request> requests = Enumerable.Range(0, 40 * Environment.ProcessorCount).SelectMany(i =>
        {
            if (i % 10 == 0)
            {
                GC.Collect();
                most = Math.Max(most, prompts.Count(p => p.IsAlive));
            }

            return Made(i, text, prompts);
        });
        using var encoded = EncodedRequests.Encode(tokenizer, Window, requests, truncateLeft: true);
        Assert.Equal(Enumerable.Range(0, prompts.Count), encoded.Select(r => (int)r.Key.Document));
        GC.Collect();
        Assert.Equal(0, prompts.Count(p => p.IsAlive));
        Assert.InRange(most, 1, prompts.Count / 2);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static IEnumerable<Request> Made(int document, string text, List<WeakReference> prompts)
    {
        Prompt prompt = $"{document} {text}";
        prompts.Add(new WeakReference(prompt));
        return [Score(prompt, document, 0, "y")];
    }

    [Fact]
    public void ReadRequests_RenderAPromptOnceAndSayWhatItSpells()
    {
        using var tokenizer = new ModelTokenizer(new Spelling(), beginOfText: null, endOfText: 7, addBosToken: null);
        int rendered = 0;
        var read = new ReadRequests(tokenizer, prompt =>
        {
            rendered++;
            return prompt.Render((messages, _) => $"<{messages[0].Content}>");
        });
        var conversation = Prompt.FromMessages([new ChatMessage("user", "a [END] b")], isPrefilled: false);
        var request = new GenerateRequest
        {
            Key = new RequestKey("t", 2, 0),
            Prompt = "plain",
            Options = new GenerationOptions { Until = [] },
            Seed = 0,
        };
        List<Request> given = [.. read.Of(
            [Score(conversation, 0, 0, "x"), Score(conversation, 0, 1, "[END]"), Score("clean", 1, 0, "[END]"), request])];
        Assert.Equal(["<a [END] b>", "<a [END] b>", "clean", "plain"], given.Select(r => r.Context));
        Assert.Equal(3, rendered);
        Assert.Same(request, given[3]);
        Assert.StartsWith("t: the data of 2 documents spells special tokens such as [END];", read.Warning!, StringComparison.Ordinal);
        Assert.Equal(("t", request.Options), read.FirstCompletion);
    }

    private sealed class Spelling : ITokenizer
    {
        private readonly LetterTokenizer _letters = new(("[END]", true));

        public string Name => _letters.Name;

        public IReadOnlyList<string> SpecialTokens => ["[END]"];

        public IReadOnlyList<int> Prefix => [];

        public int[] Encode(string text, bool addSpecialTokens = false) => _letters.Encode(text, addSpecialTokens);

        public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true) => _letters.Decode(ids, skipSpecialTokens);

        public ITextStream CreateStream(bool skipSpecialTokens = true) => _letters.CreateStream(skipSpecialTokens);

        public void Dispose() => _letters.Dispose();
    }
}
