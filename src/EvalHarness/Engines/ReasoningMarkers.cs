using System.Globalization;
using EvalHarness.Pythonic;

namespace EvalHarness.Engines;

/// <summary>
/// The texts that a model puts around its reasoning, and how a completion is divided at them: what stands behind the last end marker is the
/// answer, without the whitespace before it.
/// </summary>
/// <remarks>
/// Source: postprocess_generated_text of lm-evaluation-harness. As in its vLLM backend, stop strings end the answer and not the reasoning.
/// </remarks>
internal sealed record ReasoningMarkers
{
    /// <summary>The value of <c>--think-end-token</c> that leaves completions whole.</summary>
    internal const string Off = "none";

    private ReasoningMarkers()
    {
    }

    /// <summary>The pairs that are looked for in a tokenizer, the most frequent first.</summary>
    internal static IReadOnlyList<(string Start, string End)> Known { get; } =
    [
        ("<think>", "</think>"),
        ("[THINK]", "[/THINK]"),
        ("<seed:think>", "</seed:think>"),
        ("<|START_THINKING|>", "<|END_THINKING|>"),
        ("<|begin_of_thought|>", "<|end_of_thought|>"),
        ("<longcat_think>", "</longcat_think>"),
        ("<thought>", "</thought>"),
        ("<|inner_prefix|>", "<|inner_suffix|>"),
        ("◁think▷", "◁/think▷"),
    ];

    /// <summary>The text that begins the reasoning; null where it is not known.</summary>
    internal string? Start { get; private init; }

    /// <summary>The text that ends the reasoning.</summary>
    internal required string End { get; init; }

    /// <summary>
    /// The token that ends the reasoning, where decoded texts do not show it or the user gave its id; null to look for the text.
    /// </summary>
    internal int? EndId { get; init; }

    /// <summary>Whether the user gave the marker, and so says that the model reasons; otherwise the tokenizer has it.</summary>
    internal bool IsGiven { get; private init; }

    /// <summary>As the manifest describes it.</summary>
    internal string Description =>
        $"{End}{(EndId is { } id ? $" as token {id}" : "")} ({(IsGiven ? "--think-end-token" : "the tokenizer has it")})";

    /// <summary>Markers that the user gives; the start marker follows from the end marker, if anything says it.</summary>
    internal static ReasoningMarkers Given(string end) => new()
    {
        Start = Known.FirstOrDefault(k => k.End == end).Start ?? StartOf(end),
        End = end,
        IsGiven = true,
    };

    /// <summary>A known pair that a tokenizer has.</summary>
    internal static ReasoningMarkers Found((string Start, string End) pair) => new()
    {
        Start = pair.Start,
        End = pair.End,
    };

    /// <summary>Whether a text has an end marker of a known pair in it, or begins with a start marker.</summary>
    internal static bool AreIn(string text) => Known.Any(k =>
        text.Contains(k.End, StringComparison.Ordinal) || WithoutSpace(text).StartsWith(k.Start, StringComparison.Ordinal));

    /// <summary>What an engine without a tokenizer makes of <c>--think-end-token</c>; null where completions stay whole.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: the value is the id of a token.</exception>
    internal static ReasoningMarkers? WithoutTokenizer(string? option) => option switch
    {
        null or Off => null,
        _ when int.TryParse(option, NumberStyles.None, CultureInfo.InvariantCulture, out _) => throw new EvalException(
            ExitCode.Usage,
            $"--think-end-token {option}: the id of a token says nothing without the model's tokenizer; give the token's text, "
            + "such as </think>"),
        _ => Given(option),
    };

    private static string? StartOf(string end) =>
        end.StartsWith("</", StringComparison.Ordinal) || end.StartsWith("[/", StringComparison.Ordinal) ? end.Remove(1, 1) : null;

    /// <summary>
    /// Whether a prompt ends inside reasoning: true if it ends with the start marker, false if it ends with the end marker, as templates
    /// end it when thinking is switched off, and null if it says nothing.
    /// </summary>
    internal bool? IsOpenAfter(string prompt)
    {
        string kept = Python.Strip(prompt, null, left: false, right: true);
        return Start is not null && kept.EndsWith(Start, StringComparison.Ordinal) ? true
            : kept.EndsWith(End, StringComparison.Ordinal) ? false
            : null;
    }

    /// <summary>Whether a completion begins with reasoning.</summary>
    internal bool Opens(string completion) => Start is not null && WithoutSpace(completion).StartsWith(Start, StringComparison.Ordinal);

    /// <summary>Divides a completion whose markers are in its text.</summary>
    /// <param name="completion">The text of the completion, before it is cut at a stop string.</param>
    /// <param name="isOpen"><see cref="IsOpenAfter"/> of its prompt.</param>
    /// <param name="isCut">Whether a limit ended the completion.</param>
    internal ReasonedText Divide(string completion, bool? isOpen, bool isCut)
    {
        int end = completion.LastIndexOf(End, StringComparison.Ordinal);
        return end < 0
            ? Whole(completion, isOpen, Opens(completion), isCut)
            : Behind(completion[..end], completion[(end + End.Length)..]);
    }

    /// <summary>A completion with an end marker.</summary>
    internal ReasonedText Behind(string reasoning, string answer)
    {
        string text = WithoutSpace(answer);
        return new ReasonedText(text, reasoning, IsUnfinished: Opens(text));
    }

    /// <summary>
    /// A completion without an end marker. If the reasoning did not end, all of it is the text, as in the reference. Where the user says
    /// that the model reasons, a text that a limit cut off without any marker is taken for reasoning too.
    /// </summary>
    internal ReasonedText Whole(string completion, bool? isOpen, bool opens, bool isCut)
    {
        bool unfinished = isOpen == true || opens || (IsGiven && isOpen is null && isCut);
        return unfinished ? new ReasonedText(WithoutSpace(completion), completion, IsUnfinished: true)
            : new ReasonedText(IsGiven ? WithoutSpace(completion) : completion, Reasoning: null, IsUnfinished: false);
    }

    internal static string WithoutSpace(string text) => Python.Strip(text, null, left: true, right: false);
}

/// <summary>A completion divided into its reasoning and its answer.</summary>
/// <param name="Text">The answer, or the whole completion where the reasoning did not end; not cut at a stop string yet.</param>
/// <param name="Reasoning">The reasoning as it was generated; null if there is none.</param>
/// <param name="IsUnfinished">Whether the reasoning did not end.</param>
internal readonly record struct ReasonedText(string Text, string? Reasoning, bool IsUnfinished);
