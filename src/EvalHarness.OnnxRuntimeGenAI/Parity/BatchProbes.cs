using EvalHarness.OnnxRuntimeGenAI.Inspection;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Parity;

/// <summary>Computes sequences of different lengths in one padded batch, as the engine's batches of completions are.</summary>
internal sealed class BatchProbes(LoadedModel model, ParitySequences sequences, Action<ProbeRows, IEnumerable<float[]>> add)
{
    /// <summary>Why there are no batches of these sequences; null where there are.</summary>
    internal string? WhyNot(int length)
    {
        if (model.Config.PadId is not { } padding)
            return "the model has no padding token, and the engine does not batch it";
        if (length + ParitySequences.Generated > model.Config.ContextLength)
            return "the context has no room for the generated tokens";
        return Enumerable.Range(0, ParitySequences.Most).Any(i => sequences.Tokens(i, length).Contains(padding))
            ? "the text has the padding token, and the engine does not batch such prompts"
            : null;
    }

    internal void Run(int length, int batch)
    {
        ModelConfig config = model.Config;
        int[] lengths = ParitySequences.Lengths(length, batch);
        int[][] prompts = [.. lengths.Select((given, i) => sequences.Tokens(i, given))];
        using var parameters = new GeneratorParams(model.Model);
        int capacity = length + ParitySequences.Generated;
        model.CheckMemory((long)capacity * batch);
        SearchOptions.SetGreedy(parameters, config, Math.Min(config.ContextLength, capacity + 1), batch);
        using Generator generator = model.Generators.Create(parameters);
        generator.AppendTokens(TokenBatch.Pad(prompts, length, config.PadId!.Value));
        ReadPrompts(generator, length, lengths);
        ReadSteps(generator, length, lengths);
    }

    private void ReadPrompts(Generator generator, int length, int[] lengths)
    {
        using Tensor tensor = generator.GetOutput(model.Config.LogitsName);
        long[] shape = tensor.Shape();
        if (shape is not [_, var rows, var columns] || shape[0] != lengths.Length || rows != length)
            return;
        for (int i = 0; i < lengths.Length; i++)
        {
            int[] positions = [.. sequences.Positions(length).Where(p => p < lengths[i])];
            add(
                Describe(ParityForm.Batch, length, lengths, i, positions, []),
                positions.Select(p => ModelSession.ToSingle(tensor, (int)(((i * rows) + p) * columns), model.Config.VocabularySize)));
        }
    }

    /// <summary>
    /// The runtime chooses the first token from the prompt's row. The rows of its steps are read after the tokens that it appended; a row
    /// that has ended is fed padding from then on and is read no further.
    /// </summary>
    private void ReadSteps(Generator generator, int length, int[] lengths)
    {
        var chosen = lengths.Select(_ => new List<int>()).ToArray();
        var rows = lengths.Select(_ => new List<float[]>()).ToArray();
        bool[] ended = new bool[lengths.Length];
        for (int step = 0; step <= ParitySequences.Generated && !generator.IsDone(); step++)
        {
            generator.GenerateNextToken();
            if (step > 0)
            {
                using Tensor tensor = generator.GetOutput(model.Config.LogitsName);
                int columns = (int)tensor.Shape()[^1];
                for (int i = 0; i < lengths.Length; i++)
                {
                    if (!ended[i])
                        rows[i].Add(ModelSession.ToSingle(tensor, i * columns, model.Config.VocabularySize));
                }
            }

            ReadOnlySpan<int> next = generator.GetNextTokens();
            for (int i = 0; i < lengths.Length; i++)
            {
                ended[i] |= model.Config.EndOfTextIds.Contains(next[i]);
                if (!ended[i])
                    chosen[i].Add(next[i]);
            }
        }

        for (int i = 0; i < lengths.Length; i++)
        {
            int[] positions = [.. Enumerable.Range(lengths[i], rows[i].Count)];
            add(Describe(ParityForm.BatchSteps, length, lengths, i, positions, chosen[i][..positions.Length]), rows[i]);
        }
    }

    private static ProbeRows Describe(ParityForm form, int length, int[] lengths, int i, int[] positions, IReadOnlyList<int> chosen) =>
        new()
        {
            Form = form,
            Length = length,
            Sequence = i,
            Given = lengths[i],
            Batch = lengths.Length,
            Positions = positions,
            Chosen = chosen,
            FirstRow = 0,
        };
}
