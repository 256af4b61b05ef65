using EvalHarness.Engines;
using EvalHarness.Planning;
using EvalHarness.Prompts;
using EvalHarness.Tasks;
using EvalHarness.Tokens;

namespace EvalHarness.Tests.Tokens;

/// <summary>Requests come back from their numbers as they were, and responses to the windows of texts become one.</summary>
public sealed class EncodedRequestsTests
{
    private static EncodedRequest Window(int document, int window, int owner) =>
        EncodedRequest.Scored(new RequestKey("t", document, window), [7], [window, 3]) with
        {
            Owner = new RequestKey("t", document, owner),
            IsWindow = true,
        };

    private static EncodedRequests Of(int bound, params EncodedRequest[] requests)
    {
        var encoded = new EncodedRequests(bound);
        foreach (EncodedRequest request in requests)
            encoded.Add(request);
        return encoded;
    }

    [Theory]
    [InlineData(TokenStore.DefaultBound)]
    [InlineData(3)]
    public void Requests_ComeBackAsTheyWere(int bound)
    {
        var options = new GenerationOptions { Until = ["x"], MaxTokens = 5 };
        GenerateRequest Generate(int index, string prompt) =>
            new() { Key = new RequestKey("t", 5_000_000_000, index), Prompt = prompt, Options = options, Seed = -9 + index };
        var markers = ReasoningMarkers.Given("</think>");
        EncodedRequest[] requests =
        [
            EncodedRequest.Scored(new RequestKey("t", 1, 0), [1, 2, 3, 4, 5], [6, 7, 8]),
            EncodedRequest.Scored(new RequestKey("t", 1, 1), [1, 2, 3, 4, 5], [int.MaxValue], cut: 2),
            EncodedRequest.Scored(new RequestKey("t", 1, 2), [4, 5], [-1, 2], cut: 1) with { PromptTokens = 5, Truncated = 4 },
            EncodedRequest.Generated(Generate(0, "<think>"), [1, 2, 3], markers, cut: 1),
            EncodedRequest.Generated(Generate(1, "x"), [1, 2], markers),
            EncodedRequest.Generated(Generate(2, "x"), [9], reasoning: null) with { Key = new RequestKey("another", 5_000_000_000, 2) },
            Window(8, 0, owner: 4),
        ];
        using EncodedRequests encoded = Of(bound, requests);
        Assert.Equal(bound == 3, encoded.Sequences.AreTokensInFile);
        Assert.Equal(requests.Select(Text), encoded.Select(Text));
        Assert.Same(options, encoded[4].Options);
        Assert.Equal([7, 3, 2, 7, 7, 6, 2], Enumerable.Range(0, 7).Select(i => encoded.Capacity(i, window: 7)));
        Assert.Equal(4, encoded.Assemble(encoded.Failed(2, "x"))!.TruncatedTokens);
        Assert.Equal(0, encoded.Assemble(encoded.Failed(0, "x"))!.TruncatedTokens);

        static string Text(EncodedRequest r) => $"{r.Key} {r.Owner} {r.IsWindow} {r.PromptTokens} {r.Truncated} {r.Sequence.ReadFrom} "
            + $"{string.Join(',', r.Sequence.Tokens.ToArray())} {string.Join(',', r.Continuation)} {r.Options?.MaxTokens} {r.Seed} "
            + $"{r.IsReasoningOpen}";
    }

    /// <summary>Two texts of one document have windows with the same numbers.</summary>
    [Fact]
    public void Windows_InAnyOrder_BecomeTheirText()
    {
        using EncodedRequests encoded = Of(
            TokenStore.DefaultBound,
            Window(1, 0, owner: 0),
            Window(1, 1, owner: 0),
            Window(1, 0, owner: 1),
            Window(2, 0, owner: 0),
            Window(2, 1, owner: 0));
        NumberedResponse Scored(int number, double value) => new(
            number,
            new Response
            {
                Key = encoded.Key(number),
                FinishReason = FinishReason.Scored,
                LogLikelihood = value,
                TokenLogProbabilities = [value],
            });
        Assert.Null(encoded.Assemble(Scored(1, -2)));
        Assert.Null(encoded.Assemble(Scored(4, -9)));
        Response second = encoded.Assemble(Scored(2, -3))!, first = encoded.Assemble(Scored(0, -1))!;
        Assert.Equal((new RequestKey("t", 1, 1), -3.0), (second.Key, second.LogLikelihood!.Value));
        Assert.Equal((new RequestKey("t", 1, 0), -3.0), (first.Key, first.LogLikelihood!.Value));
        Assert.Equal([-1.0, -2.0], first.TokenLogProbabilities);
        Response failed = encoded.Assemble(encoded.Failed(3, "no"))!;
        Assert.Equal((new RequestKey("t", 2, 0), "no"), (failed.Key, failed.Error));
    }
}
