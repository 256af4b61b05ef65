using EvalHarness.Documents;
using EvalHarness.Tasks;

namespace EvalHarness.Prompts;

/// <summary>
/// Chooses the shots of each document. Documents must be asked in order: the random sampler is one generator per task, as the
/// reference's is. Where shots come from the evaluated split itself, one more is drawn and the document is left out.
/// </summary>
internal sealed class FewShotSampler
{
    private readonly TaskDefinition _task;
    private readonly IReadOnlyList<Document> _pool;
    private readonly int _count;
    private readonly bool _excludeDocument;
    private readonly MersenneTwister _random;

    internal FewShotSampler(TaskDefinition task, IReadOnlyList<Document> pool, int count, long seed)
    {
        (_task, _pool, _count) = (task, pool, count);
        _excludeDocument = task.FewShot.Samples is null && task.FewShot.Split == task.EvaluationSplit;
        _random = new MersenneTwister(seed);
        int needed = count + (_excludeDocument ? 1 : 0);
        if (count > 0 && needed > pool.Count)
            throw new EvalException(ExitCode.Data, $"task {task.Name} wants {count} shots, but split {task.FewShot.Split ?? "(none)"} of {task.DatasetPath} has {pool.Count} rows for it; use a smaller --num-fewshot");
    }

    internal IEnumerable<Document> Shots(Document document)
    {
        if (_count == 0)
            return [];
        if (_task.FewShot.Sampler == "first_n")
            return _pool.Where(shot => !_excludeDocument || !Same(shot, document)).Take(_count);
        IEnumerable<Document> drawn = _random.Sample(_pool.Count, _count + (_excludeDocument ? 1 : 0)).Select(i => _pool[i]);
        return drawn.Where(shot => !_excludeDocument || !Same(shot, document)).Take(_count);
    }

    private static bool Same(Document a, Document b) => ReferenceEquals(a, b) || Document.ValuesEqual(a.Values, b.Values);
}
