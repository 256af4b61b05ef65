using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Planning;
using EvalHarness.Scoring.Metrics;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Divergence;

/// <summary>
/// Compares the distributions that two models give for the tokens of a text. Both models read the text at the same time, so that no file
/// of the base model's logits is needed. The text is cut into chunks of the context's length. The first half of a chunk is context, and
/// the distributions are compared at the tokens of the second half.
/// </summary>
/// <remarks>Source: the chunks are those of llama.cpp's perplexity tool.</remarks>
internal static class ModelDivergence
{
    /// <summary>The number of rows of logits that are read from each model at once.</summary>
    private const int RowsAtATime = 64;

    /// <param name="baseFolder">The folder of the base model.</param>
    /// <param name="candidateFolder">The folder of the model to compare with it, which must have the same tokens.</param>
    /// <param name="text">The text, which must have enough tokens for one chunk.</param>
    /// <param name="context">The number of tokens in a chunk, 4 or more.</param>
    /// <param name="chunks">The most chunks to compare; null for all of the text.</param>
    /// <param name="baseOptions">The device of the base.</param>
    /// <param name="options">The device of the candidate.</param>
    /// <param name="progress">Receives the number of chunks done and the number of all chunks.</param>
    /// <param name="cancellationToken">Checked before each chunk.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: the text is too short, or the context is longer than that of a model.
    /// <see cref="ExitCode.Incomparable"/>: the models have different tokens.
    /// <see cref="ExitCode.Model"/>: a model does not load, or does not give all logits in several appends.
    /// </exception>
    public static DivergenceReport Run(
        string baseFolder,
        string candidateFolder,
        string text,
        int context,
        int? chunks,
        GenAiOptions baseOptions,
        GenAiOptions options,
        IProgress<(int Done, int Total)>? progress,
        CancellationToken cancellationToken)
    {
        using LoadedModel left = LoadedModel.Load(baseFolder, baseOptions), right = LoadedModel.Load(candidateFolder, options);
        foreach ((string folder, LoadedModel model) in ((string, LoadedModel)[])[(baseFolder, left), (candidateFolder, right)])
        {
            if (context < 4 || context > model.Config.ContextLength)
            {
                throw new EvalException(
                    ExitCode.Usage,
                    $"--context {context}: expected 4 to {model.Config.ContextLength}, the context of {folder}");
            }

            if (!model.Capabilities.Append || !model.Capabilities.AllRows)
            {
                throw new EvalException(
                    ExitCode.Model,
                    $"{folder}: gives logits of the last token only, or refuses a second append (see doctor --model); "
                    + "divergence needs the logits of all tokens and several appends; try --device cpu");
            }
        }

        int[] tokens = Encode(left, right, text, baseFolder, candidateFolder);
        int total = Math.Min(tokens.Length / context, chunks ?? int.MaxValue);
        if (total == 0)
        {
            throw new EvalException(
                ExitCode.Usage,
                $"the text has {tokens.Length} tokens; expected {context} or more for one chunk, or use a smaller --context");
        }

        var divergence = new TokenDivergence(context);
        for (int chunk = 0; chunk < total; chunk++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                Compare(left, right, tokens.AsSpan(chunk * context, context), divergence);
            }
            catch (Exception e) when (e is OnnxRuntimeGenAIException or ModelSessionException)
            {
                throw new EvalException(ExitCode.Model, $"the runtime failed in chunk {chunk}: {EvalException.OneLine(e.Message)}", e);
            }

            progress?.Report((chunk + 1, total));
        }

        return divergence.Report();
    }

    private static int[] Encode(LoadedModel left, LoadedModel right, string text, string baseFolder, string candidateFolder)
    {
        int[] tokens = left.Tokenizer.Encode(text), others = right.Tokenizer.Encode(text);
        int same = tokens.AsSpan().CommonPrefixLength(others);
        if (left.Config.VocabularySize != right.Config.VocabularySize)
        {
            throw new EvalException(
                ExitCode.Incomparable,
                $"{baseFolder} has {left.Config.VocabularySize} tokens, {candidateFolder} {right.Config.VocabularySize}: "
                + "their distributions cannot be compared");
        }

        return same == tokens.Length && same == others.Length && left.Tokenizer.Prefix.SequenceEqual(right.Tokenizer.Prefix)
            ? tokens
            : throw new EvalException(
                ExitCode.Incomparable,
                $"{baseFolder} and {candidateFolder} split the text differently from token {same} on, or begin it differently: "
                + "their distributions cannot be compared");
    }

    private static void Compare(LoadedModel left, LoadedModel right, ReadOnlySpan<int> text, TokenDivergence divergence)
    {
        int[] chunk = text.ToArray();
        // If the models begin texts with a beginning-of-text token, it replaces the first token of the chunk.
        if (left.Tokenizer.Prefix is [var begin, ..])
            chunk[0] = begin;
        using var pair = new PairedSession(left, right, chunk.Length);
        int at = chunk.Length / 2;
        pair.Append(chunk.AsSpan(0, at));
        foreach (int length in PrefixPlan.Pieces(chunk.Length - 1 - at, RowsAtATime))
        {
            int from = at;
            pair.Append(
                chunk.AsSpan(at, length),
                (row, ofBase, ofCandidate) => divergence.Add(ofBase, ofCandidate, chunk[from + row + 1]));
            at += length;
        }

        divergence.EndChunk();
    }
}
