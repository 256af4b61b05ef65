using EvalHarness.Planning;
using EvalHarness.Scoring.Metrics;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Divergence;

/// <summary>
/// Steps two models side by side through a text, so that no file of the base's logits is needed. The text is cut into chunks as long as the
/// context; the first half of a chunk is context, the tokens of the second half are compared.
/// </summary>
/// <remarks>Source: chunks as in llama.cpp's perplexity tool.</remarks>
public static class ModelDivergence
{
    /// <summary>Rows of two models held at a time.</summary>
    private const int RowsAtATime = 64;

    /// <param name="baseFolder">Model folder.</param>
    /// <param name="candidateFolder">Model folder with the same tokens.</param>
    /// <param name="text">Long enough for one chunk.</param>
    /// <param name="context">Tokens of a chunk, 4 or more.</param>
    /// <param name="chunks">At most so many; null for all.</param>
    /// <param name="device">cpu, cuda or directml.</param>
    /// <param name="progress">Told the chunks done, and all of them.</param>
    /// <param name="cancellationToken">Looked at between two chunks.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: the text is too short, or the context longer than a model's; <see cref="ExitCode.Incomparable"/>: the models'
    /// tokens differ; <see cref="ExitCode.Model"/>: a model does not load, or cannot be stepped.
    /// </exception>
    public static DivergenceReport Run(string baseFolder, string candidateFolder, string text, int context, int? chunks, string device, IProgress<(int Done, int Total)>? progress, CancellationToken cancellationToken)
    {
        var options = new GenAiOptions { Device = device };
        using LoadedModel left = LoadedModel.Load(baseFolder, options), right = LoadedModel.Load(candidateFolder, options);
        foreach ((string folder, LoadedModel model) in ((string, LoadedModel)[])[(baseFolder, left), (candidateFolder, right)])
        {
            if (context < 4 || context > model.Config.ContextLength)
                throw new EvalException(ExitCode.Usage, $"--context {context}: expected 4 to {model.Config.ContextLength}, the context of {folder}");
            if (!model.Capabilities.Append || !model.Capabilities.AllRows)
                throw new EvalException(ExitCode.Model, $"{folder}: gives logits of the last token only, or takes no second append (see doctor --model); divergence needs both, try --device cpu");
        }

        int[] tokens = Encode(left, right, text, baseFolder, candidateFolder);
        int total = Math.Min(tokens.Length / context, chunks ?? int.MaxValue);
        if (total == 0)
            throw new EvalException(ExitCode.Usage, $"the text has {tokens.Length} tokens; expected {context} or more for one chunk, or use a smaller --context");
        var divergence = new TokenDivergence();
        for (int chunk = 0; chunk < total; chunk++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                Compare(left, right, tokens.AsSpan(chunk * context, context), divergence);
            }
            catch (OnnxRuntimeGenAIException e)
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
            throw new EvalException(ExitCode.Incomparable, $"{baseFolder} has {left.Config.VocabularySize} tokens, {candidateFolder} {right.Config.VocabularySize}: their distributions cannot be compared");
        return same == tokens.Length && same == others.Length && left.Tokenizer.Prefix.SequenceEqual(right.Tokenizer.Prefix)
            ? tokens
            : throw new EvalException(ExitCode.Incomparable, $"{baseFolder} and {candidateFolder} split the text differently from token {same} on, or begin it differently: their distributions cannot be compared");
    }

    private static void Compare(LoadedModel left, LoadedModel right, ReadOnlySpan<int> text, TokenDivergence divergence)
    {
        int[] chunk = text.ToArray();
        // Where the model begins texts with a token of its own, it takes the place of the chunk's first.
        if (left.Tokenizer.Prefix is [var begin, ..])
            chunk[0] = begin;
        using ModelSession a = left.NewSession(chunk.Length), b = right.NewSession(chunk.Length);
        int at = chunk.Length / 2;
        foreach (ModelSession session in (ModelSession[])[a, b])
            session.Append(chunk.AsSpan(0, at));
        foreach (int length in PrefixPlan.Pieces(chunk.Length - 1 - at, RowsAtATime))
        {
            a.Append(chunk.AsSpan(at, length));
            b.Append(chunk.AsSpan(at, length));
            LogitRows baseRows = a.ReadRows(), candidateRows = b.ReadRows();
            for (int row = 0; row < length; row++)
                divergence.Add(baseRows[row], candidateRows[row], chunk[at + row + 1]);
            at += length;
        }
    }
}
