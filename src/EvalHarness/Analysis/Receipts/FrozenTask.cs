using EvalHarness.Tokenizers;
using EvalHarness.Tokens;

namespace EvalHarness.Analysis.Receipts;

/// <summary>The tokens of a document: its prompt, and what the base answered.</summary>
/// <param name="Document">Its number in its task.</param>
/// <param name="Tokens">Two or more.</param>
/// <param name="AnswerFrom">The place of the first token that is the answer's, 1 or more; the number of tokens where there is none.</param>
internal sealed record FrozenSequence(long Document, int[] Tokens, int AnswerFrom);

/// <summary>The tokens of a task's documents, which are made once, by the base's tokenizer.</summary>
/// <param name="Task">The task.</param>
/// <param name="Sequences">In the order of the documents.</param>
/// <param name="Unreadable">Documents that are left out, because the tokenizer has no tokens for them, or fewer than two.</param>
internal sealed record FrozenTask(string Task, IReadOnlyList<FrozenSequence> Sequences, int Unreadable)
{
    /// <param name="task">The task.</param>
    /// <param name="texts">Its documents.</param>
    /// <param name="tokenizer">The base's.</param>
    /// <param name="window">The most tokens of a document: of a longer one the beginning is taken.</param>
    internal static FrozenTask Of(string task, IReadOnlyList<FrozenText> texts, ModelTokenizer tokenizer, int window)
    {
        FrozenSequence[] sequences = [.. texts.Select(t => Encode(t, tokenizer, window)).OfType<FrozenSequence>()];
        return new FrozenTask(task, sequences, texts.Count - sequences.Length);
    }

    /// <summary>
    /// Prompt and answer are one text, as lm-evaluation-harness encodes a context and its continuation. The answer begins at the first
    /// token that the prompt alone does not have.
    /// </summary>
    private static FrozenSequence? Encode(FrozenText text, ModelTokenizer tokenizer, int window)
    {
        try
        {
            int[] prompt = text.Prompt.Length == 0 ? [tokenizer.FirstToken] : tokenizer.EncodePrompt(text.Prompt);
            int[] whole = text.Prompt.Length > 0 ? tokenizer.EncodePrompt(text.Prompt + text.Answer)
                : tokenizer.EncodeText(text.Answer) is var scored && scored.AsSpan().StartsWith(prompt) ? scored : [.. prompt, .. scored];
            int answer = Math.Max(1, whole.AsSpan().CommonPrefixLength(prompt));
            int cut = Math.Min(text.Cut, answer - 1), length = Math.Min(window, whole.Length - cut);
            return length < 2
                ? null
                : new FrozenSequence(text.Document, whole[cut..(cut + length)], Math.Min(length, answer - cut));
        }
        catch (UnencodableTextException)
        {
            return null;
        }
    }

    /// <summary>Checks that another tokenizer gives the same tokens.</summary>
    /// <param name="other">What the other model's tokenizer made of the same texts.</param>
    /// <param name="left">The base's name.</param>
    /// <param name="right">The other's name.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Incomparable"/>: it does not.</exception>
    internal void RequireSame(FrozenTask other, string left, string right)
    {
        foreach ((FrozenSequence mine, FrozenSequence theirs) in Sequences.Zip(other.Sequences))
        {
            int same = mine.Tokens.AsSpan().CommonPrefixLength(theirs.Tokens);
            if (mine.Document == theirs.Document && same == mine.Tokens.Length && same == theirs.Tokens.Length)
                continue;
            throw new EvalException(
                ExitCode.Incomparable,
                $"{Task}, document {mine.Document}: the tokenizers of {left} and {right} differ from token {same} on: "
                + $"{At(mine.Tokens, same)} and {At(theirs.Tokens, same)}, so that their distributions cannot be compared; compare models "
                + "of one tokenizer");
        }

        if (Sequences.Count != other.Sequences.Count)
        {
            throw new EvalException(
                ExitCode.Incomparable,
                $"{Task}: the tokenizer of {left} has tokens for {Sequences.Count} documents, that of {right} for {other.Sequences.Count}, "
                + "so that their distributions cannot be compared; compare models of one tokenizer");
        }
    }

    private static string At(int[] tokens, int place) => place < tokens.Length ? $"{tokens[place]}" : "no token";
}
