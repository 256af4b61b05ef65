using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Tasks;
using EvalHarness.Tokens;

namespace EvalHarness.Tests.Tokens;

/// <summary>Completions of models that reason: where they end, and how they are divided.</summary>
public sealed class CompletionReasoningTests
{
    private const int End = 7;
    private const string Long = "no end";

    private static readonly (string, bool)[] Marked = [("<think>", false), ("</think>", false)];
    private static readonly (string, bool)[] Hidden = [("[THINK]", true), ("[/THINK]", true)];
    private static readonly (string, bool)[] Plain = [];

    /// <summary>Feeds a completion letter by letter, and an end-of-text token behind it.</summary>
    private static Response Complete(
        (string, bool)[] added, string text, string[] until, string prompt = "Q:", string? option = null, int limit = 1000)
    {
        var letters = new LetterTokenizer(added);
        using var tokenizer = new ModelTokenizer(letters, beginOfText: null, endOfText: End, addBosToken: null) { ThinkEndToken = option };
        var request = new GenerateRequest
        {
            Key = new RequestKey("t", 0, 0),
            Prompt = prompt,
            Options = new GenerationOptions { Until = until, MaxTokens = limit },
            Seed = 1,
        };
        int[] tokens = letters.Encode(prompt);
        var encoded = EncodedRequest.Generated(request, tokens, tokenizer.Reasoning);
        using var completion = new Completion(encoded, tokenizer, [End], window: 100_000);
        foreach (int token in letters.Encode(text).Append(End))
        {
            if (!completion.Add(token))
                break;
        }

        return completion.ToResponse(0);
    }

    [Fact]
    public void StopStrings_InTheReasoning_DoNotEndIt()
    {
        Response response = Complete(Marked, "<think>one\n\ntwo\n\n</think>\n\nThe answer.\n\nMore", ["\n\n"]);
        Assert.Equal(
            ("The answer.", "<think>one\n\ntwo\n\n", FinishReason.Stop), (response.Text, response.Reasoning, response.FinishReason));
        // The reasoning has 10 letters and two markers; the answer with its whitespace and its stop string has 15.
        Assert.Equal((12, 12 + 15, false), (response.ReasoningTokens, response.CompletionTokens, response.IsReasoningUnfinished));
    }

    /// <summary>The markers are special tokens, which decoded texts do not show.</summary>
    [Fact]
    public void HiddenMarkers_DivideByTokens()
    {
        Response response = Complete(Hidden, "[THINK]so\n[/THINK]7\nx", ["\n"]);
        Assert.Equal(("7", "so\n", FinishReason.Stop), (response.Text, response.Reasoning, response.FinishReason));
        Response unfinished = Complete(Hidden, "[THINK]so\nand so on", ["\n"], limit: 8);
        Assert.Equal(("so", "so\nand ", true), (unfinished.Text, unfinished.Reasoning, unfinished.IsReasoningUnfinished));
        Assert.Equal((FinishReason.Length, 8), (unfinished.FinishReason, unfinished.ReasoningTokens));
    }

    [Theory]
    [InlineData("</think>")]
    [InlineData("1000001")]
    public void GivenMarker_OfSeveralTokens_IsFound(string option)
    {
        (string, bool)[] added = option == "</think>" ? Plain : Marked;
        Response response = Complete(added, "let me see\n</think> 12\n13", ["\n"], option: option);
        Assert.Equal(("12", "let me see\n", FinishReason.Stop), (response.Text, response.Reasoning, response.FinishReason));
    }

    [Fact]
    public void SeveralEnds_TheLastCounts()
    {
        Response response = Complete(Marked, "<think>a</think>b<think>c</think>d", []);
        Assert.Equal(("d", "<think>a</think>b<think>c"), (response.Text, response.Reasoning));
        Response again = Complete(Marked, "<think>a</think><think>b\n\nc", ["\n\n"]);
        Assert.True(again.IsReasoningUnfinished);
    }

    /// <summary>Without thinking, a completion ends at its stop string as ever, and no whitespace is lost.</summary>
    [Theory]
    [InlineData("Q:")]
    [InlineData("Q:<think>\n\n</think>\n\n")]
    public void NoReasoning_ChangesNothing(string prompt)
    {
        Response response = Complete(Marked, " 5 < 6\nmore", ["\n"], prompt);
        Assert.Equal((" 5 < 6", null, 7), (response.Text, response.Reasoning, response.CompletionTokens));
        Assert.Equal((0, false), (response.ReasoningTokens, response.IsReasoningUnfinished));
    }

    [Theory]
    [InlineData("Q:<think>\n", "thoughts \n no end", null, true)]
    [InlineData("Q:", "<think>thoughts \n no end", null, true)]
    [InlineData("Q:", "thoughts \n no end", "</think>", true)]
    [InlineData("Q:<think></think>", "thoughts \n no end", "</think>", false)]
    [InlineData("Q:", "thoughts \n no end", null, false)]
    public void NoEndMarker_IsUnfinishedWhereItBegan(string prompt, string text, string? option, bool unfinished)
    {
        Response response = Complete(Marked, text + Long, [], prompt, option, limit: new LetterTokenizer(Marked).Encode(text).Length);
        Assert.Equal((unfinished, FinishReason.Length), (response.IsReasoningUnfinished, response.FinishReason));
        Assert.Equal(text, response.Text);
        Assert.Equal(unfinished ? text : null, response.Reasoning);
    }

    /// <summary>A model that ends its text without a marker has answered, even if the user says that it reasons.</summary>
    [Fact]
    public void EndOfText_WithoutMarker_IsAnAnswer()
    {
        Response response = Complete(Plain, "  yes\nno", ["\n"], option: "</think>");
        Assert.Equal(("yes", null, false), (response.Text, response.Reasoning, response.IsReasoningUnfinished));
    }

    [Fact]
    public void Off_LeavesCompletionsWhole()
    {
        Response response = Complete(Marked, "<think>a\nb</think>c", ["\n"], option: "none");
        Assert.Equal(("<think>a", null, FinishReason.Stop), (response.Text, response.Reasoning, response.FinishReason));
    }

    [Fact]
    public void StopString_ThatBeginsLikeAMarker_IsNoStopInTheMarker()
    {
        Response response = Complete(Plain, "<think>a</think>b<c", ["<"], option: "</think>", prompt: "Q:");
        Assert.Equal(("b", "<think>a"), (response.Text, response.Reasoning));
        Response answer = Complete([("<think>", false), ("</think>", false)], "x <th", ["<"]);
        Assert.Equal(("x ", FinishReason.Stop), (answer.Text, answer.FinishReason));
    }

    [Fact]
    public void UnknownId_IsOneLine()
    {
        EvalException e = Assert.Throws<EvalException>(() => Complete(Marked, "a", [], option: "1000009"));
        Assert.Equal(
            (ExitCode.Usage, "--think-end-token 1000009: the model's tokenizer has no token of this id"), (e.ExitCode, e.Message));
    }
}
