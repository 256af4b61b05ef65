using EvalHarness.Analysis.Receipts;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Divergence;

/// <summary>A base model with the frozen tokens at which candidates are compared with it.</summary>
internal sealed class FrozenDivergence : IDisposable
{
    private readonly LoadedModel _base;
    private readonly string _folder;
    private readonly int _window;
    private readonly IReadOnlyDictionary<string, IReadOnlyList<FrozenText>> _texts;

    private FrozenDivergence(
        LoadedModel model, string folder, int window, IReadOnlyDictionary<string, IReadOnlyList<FrozenText>> texts)
    {
        (_base, _folder, _window, _texts) = (model, folder, window, texts);
        Tokens = Encode(model);
    }

    /// <summary>The tokens of all tasks.</summary>
    internal FrozenTokens Tokens { get; }

    /// <param name="folder">The folder of the base.</param>
    /// <param name="options">The device, and how the base's run encoded its prompts.</param>
    /// <param name="window">The most tokens of a document, which must fit into the contexts of all models.</param>
    /// <param name="texts">What the base's run asked and answered, by task.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: the model does not load, or does not take a second append.
    /// </exception>
    internal static FrozenDivergence Load(
        string folder, GenAiOptions options, int window, IReadOnlyDictionary<string, IReadOnlyList<FrozenText>> texts)
    {
        LoadedModel model = LoadAppending(folder, options);
        try
        {
            return new FrozenDivergence(model, folder, window, texts);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Compares a candidate with the base at all tokens.</summary>
    /// <param name="folder">The folder of the candidate.</param>
    /// <param name="options">The device, and how the candidate's run encoded its prompts.</param>
    /// <param name="progress">Receives the number of tokens that have been computed so far.</param>
    /// <param name="cancellationToken">Checked before each step.</param>
    /// <returns>A task's differences for each task of <see cref="Tokens"/>.</returns>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Incomparable"/>: the models have different tokens.
    /// <see cref="ExitCode.Model"/>: a model does not load, does not take a second append, or fails.
    /// </exception>
    internal IReadOnlyList<FrozenDifferences> Against(
        string folder, GenAiOptions options, Action<int>? progress, CancellationToken cancellationToken)
    {
        using LoadedModel candidate = LoadAppending(folder, options);
        if (_base.Config.VocabularySize != candidate.Config.VocabularySize)
        {
            throw new EvalException(
                ExitCode.Incomparable,
                $"{_folder} has {_base.Config.VocabularySize} tokens, {folder} {candidate.Config.VocabularySize}: their distributions "
                + "cannot be compared; compare models of one vocabulary");
        }

        foreach ((FrozenTask mine, FrozenTask theirs) in Tokens.Tasks.Zip(Encode(candidate).Tasks))
            mine.RequireSame(theirs, _folder, folder);
        int done = 0;
        var differences = new List<FrozenDifferences>();
        foreach (FrozenTask task in Tokens.Tasks)
        {
            try
            {
                differences.Add(FrozenWalk.Run(_base, candidate, task, tokens => progress?.Invoke(done += tokens), cancellationToken));
            }
            catch (Exception e) when (e is OnnxRuntimeGenAIException or ModelSessionException)
            {
                throw new EvalException(
                    ExitCode.Model,
                    $"{_folder} or {folder}: the runtime failed in {task.Task}: {EvalException.OneLine(e.Message)}",
                    e);
            }
        }

        return differences;
    }

    private FrozenTokens Encode(LoadedModel model) =>
        new([.. _texts.Select(t => FrozenTask.Of(t.Key, t.Value, model.Tokenizer, _window))]);

    private static LoadedModel LoadAppending(string folder, GenAiOptions options)
    {
        var model = LoadedModel.LoadAdapted(folder, options);
        if (model.Capabilities.Append)
            return model;
        model.Dispose();
        throw new EvalException(
            ExitCode.Model,
            $"{folder}: refuses a second append on {options.Device} (see doctor --model), and a receipt's divergence needs it; "
            + "try --device cpu");
    }

    public void Dispose() => _base.Dispose();
}
