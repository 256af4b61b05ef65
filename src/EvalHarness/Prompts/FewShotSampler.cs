using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using EvalHarness.Data;
using EvalHarness.Pythonic;
using EvalHarness.Tasks;

namespace EvalHarness.Prompts;

/// <summary>
/// Chooses the few-shot examples of each document. Documents must be passed in order, because the random sampler draws from one
/// generator per task, as lm-evaluation-harness does. For documents that are passed over, examples are drawn and thrown away, so that a
/// document has the same examples whether or not those before it are evaluated. If a document could be among its own examples, one more
/// example is drawn and the document is left out.
/// </summary>
internal sealed class FewShotSampler
{
    private readonly TaskDefinition _task;
    private readonly IReadOnlyList<Document> _pool;
    private readonly int _count;
    private readonly bool _excludeDocument;
    private readonly long _seed;
    private readonly MersenneTwister _random;

    /// <summary>The position of the document that the generator is at.</summary>
    private long _next;

    internal FewShotSampler(TaskRun run)
    {
        (TaskDefinition task, int count) = (run.Definition, run.NumFewShot);
        IReadOnlyList<Document> pool = run.FewShotPool;
        (_task, _pool, _count) = (task, pool, count);
        _excludeDocument = task.FewShot.ExcludesDocument;
        _seed = run.Seed;
        _random = new MersenneTwister(run.Seed);
        int needed = count + (_excludeDocument && task.FewShot.Sampler != FewShotSampling.FirstN ? 1 : 0);
        if (count > 0 && needed > pool.Count)
        {
            string source = task.FewShot.Samples is null
                ? $"split {task.FewShot.Split} of {task.DatasetPath}"
                : "its own list of samples";
            throw new EvalException(
                ExitCode.Data,
                $"task {task.Name} wants {count} shots, but {source} has {pool.Count} rows for it; use a smaller --num-fewshot");
        }
    }

    /// <summary>Whether all documents have the same examples.</summary>
    internal bool AreShared => _task.FewShot.Sampler == FewShotSampling.FirstN && !_excludeDocument;

    /// <summary>Whether examples can be drawn without the document, but for leaving out the document itself.</summary>
    internal bool NeedsNoDocument => _task.FewShot.Sampler == FewShotSampling.Random;

    /// <returns>The positions of the examples in the pool.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: there are too few.</exception>
    internal IReadOnlyList<int> Shots(NumberedDocument numbered)
    {
        if (_count == 0)
            return [];
        (long id, Document document) = numbered;
        IEnumerable<int> candidates = _task.FewShot.Sampler switch
        {
            FewShotSampling.FirstN => Enumerable.Range(0, _pool.Count),
            FewShotSampling.PerDocument => new MersenneTwister(Seed(document)).Sample(_pool.Count, Drawn),
            _ => Draw(id),
        };
        int[] shots = [.. candidates.Where(shot => !_excludeDocument || !Same(_pool[shot], document)).Take(_count)];
        return shots.Length == _count
            ? shots
            : throw new EvalException(
                ExitCode.Data,
                $"task {_task.Name} wants {_count} shots, but without the document itself "
                + $"only {shots.Length} are left to choose from; use a smaller --num-fewshot");
    }

    /// <summary>Draws the examples of the document at a position from the one generator, and one more if it could be among them.</summary>
    internal IReadOnlyList<int> Draw(long id)
    {
        for (; _next < id; _next++)
            _random.Sample(_pool.Count, Drawn);
        _next = id + 1;
        return _random.Sample(_pool.Count, Drawn);
    }

    /// <summary>The number of examples that are drawn for a document.</summary>
    private int Drawn => _count + (_excludeDocument ? 1 : 0);

    /// <summary>
    /// Derives a seed from the document's content, so that a document has the same examples wherever it stands in the dataset.
    /// </summary>
    private long Seed(Document document)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{_seed}\n{_task.Name}\n{document.ToJson()}"));
        return BinaryPrimitives.ReadInt64BigEndian(hash) & long.MaxValue;
    }

    private static bool Same(Document a, Document b) => ReferenceEquals(a, b) || Document.ValuesEqual(a.Values, b.Values);
}
