using EvalHarness.Engines;

namespace EvalHarness.Tokens;

/// <summary>
/// Where a completion that grows token by token stands: in its reasoning, or in its answer, in which alone stop strings are searched for.
/// </summary>
internal sealed class ReasoningProgress
{
    private readonly ReasoningMarkers _markers;
    private readonly bool? _isOpen;
    private bool _isReasoning;

    /// <summary>The end of the text so far, in which an end marker may have begun.</summary>
    private string _tail = "";

    /// <summary>The beginning of the completion, or of what follows an end marker, until it is known not to be a start marker.</summary>
    private string? _head = "";

    /// <summary>Whether the completion, from its first character on, begins with reasoning.</summary>
    private bool _opens;

    /// <param name="markers">The model's markers.</param>
    /// <param name="isOpen">
    /// <see cref="ReasoningMarkers.IsOpenAfter"/> of the prompt, which may begin the reasoning or end it. Where it says nothing and the
    /// user says that the model reasons, a completion begins with the reasoning.
    /// </param>
    internal ReasoningProgress(ReasoningMarkers markers, bool? isOpen)
    {
        (_markers, _isOpen) = (markers, isOpen);
        _isReasoning = _isOpen ?? markers.IsGiven;
    }

    /// <summary>The tokens up to the last end marker; 0 if there is none.</summary>
    internal int Tokens { get; private set; }

    /// <summary>Adds the text of a token.</summary>
    /// <param name="text">With the texts of special tokens.</param>
    /// <param name="tokens">The number of tokens so far.</param>
    /// <returns>The part of it that belongs to the answer.</returns>
    internal string Add(string text, int tokens)
    {
        string window = _tail + text;
        int end = window.LastIndexOf(_markers.End, StringComparison.Ordinal);
        if (end >= 0)
        {
            (_isReasoning, Tokens, _head) = (false, tokens, "");
            text = window = window[(end + _markers.End.Length)..];
        }

        int kept = Math.Min(_markers.End.Length - 1, window.Length);
        _tail = window[^kept..];
        return _head is null ? (_isReasoning ? "" : text) : Begin(_head, text);
    }

    /// <summary>
    /// Adds to the beginning of a text, which may turn out to be a start marker. The whitespace before an answer is not part of it, so that
    /// stop strings in it do not count.
    /// </summary>
    private string Begin(string head, string text)
    {
        string before = ReasoningMarkers.WithoutSpace(head), now = ReasoningMarkers.WithoutSpace(head + text);
        bool isMarker = _markers.Start is { } start && now.StartsWith(start, StringComparison.Ordinal);
        bool mayBecome = now.Length == 0 || _markers.Start?.StartsWith(now, StringComparison.Ordinal) == true;
        _head = mayBecome && !isMarker ? head + text : null;
        if (isMarker)
        {
            _isReasoning = true;
            _opens |= Tokens == 0;
        }

        if (_isReasoning)
            return "";
        if (now.Length == 0)
            return Tokens > 0 ? "" : text;
        // What could have been a marker was held back.
        return mayBecome ? "" : before.Length > 0 || Tokens > 0 ? now : text;
    }

    /// <summary>Divides the whole completion.</summary>
    internal ReasonedText Divide(IReadOnlyList<int> tokens, ModelTokenizer tokenizer, bool isCut)
    {
        int[] all = [.. tokens];
        if (_markers.EndId is not { } id)
            return _markers.Divide(tokenizer.Decode(all), _isOpen, isCut);
        // Decoded texts do not show a special token, so the tokens are divided instead.
        int end = Array.LastIndexOf(all, id);
        return end < 0
            ? _markers.Whole(tokenizer.Decode(all), _isOpen, _opens, isCut)
            : _markers.Behind(tokenizer.Decode(all.AsSpan(0, end)), tokenizer.Decode(all.AsSpan(end + 1)));
    }
}
