using EvalHarness.Data;

namespace EvalHarness.Tasks;

/// <summary>A task as one run evaluates it: what the run's options leave of its definition, worked out once.</summary>
/// <param name="Definition">The definition of the task.</param>
/// <param name="NumFewShot">The number of few-shot examples in effect.</param>
/// <param name="Seed">The seed that draws the few-shot examples.</param>
public sealed record TaskRun(TaskDefinition Definition, int NumFewShot, long Seed)
{
    /// <summary>The split that few-shot examples are drawn from; null where none are drawn from a dataset.</summary>
    public string? FewShotSplit => NumFewShot > 0 && Definition.FewShot.Samples is null ? Definition.FewShot.Split : null;

    /// <summary>The filters in effect.</summary>
    public IReadOnlyList<FilterPipelineDefinition> Filters { get; } = Definition.FiltersInEffect;

    /// <summary>The seed of the tokens that are sampled.</summary>
    public long SamplingSeed { get; init; } = Seed;

    /// <summary>
    /// Whether each completion of a document is graded alone, and the document's score is the mean of theirs. Otherwise the filters see all
    /// completions of a document together, as a task's own repeats are meant.
    /// </summary>
    public bool AveragesRepeats { get; init; }

    /// <summary>The most documents to evaluate; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>The share of the documents to evaluate, above 0 and below 1; null for all.</summary>
    public double? Share { get; init; }

    /// <summary>The indices of the documents to evaluate; null for all.</summary>
    public IReadOnlySet<int>? Indices { get; init; }

    /// <summary>
    /// The documents to evaluate, in the order of the dataset; none until the datasets are found. They may be read from their shards while
    /// they are enumerated, and each enumeration gives the same ones.
    /// </summary>
    public IReadOnlyCollection<NumberedDocument> Documents { get; init; } = [];

    /// <summary>The documents that few-shot examples are chosen from; empty until the datasets are read.</summary>
    public IReadOnlyList<Document> FewShotPool { get; init; } = Definition.FewShot.Samples ?? [];

    /// <summary>The number of documents that the task has, whether or not the run evaluates them.</summary>
    public int Available { get; init; }

    /// <summary>Whether the run evaluates the document at a position among all documents of the task.</summary>
    public bool Evaluates(int position) => (Limit is null || position < Limit) && Indices?.Contains(position) != false;

    /// <summary>
    /// The number of documents to evaluate: those that are asked for, or the first ones up to the limit or the task's share, which is
    /// rounded up as lm-evaluation-harness does it.
    /// </summary>
    /// <param name="available">The number of documents that the task has; all indices are below it.</param>
    internal int Chosen(int available) =>
        Indices?.Count ?? Math.Min(Limit ?? available, Share is { } share ? (int)Math.Ceiling(available * share) : available);

    /// <summary>The positions of the documents to evaluate among all of the task, without reading the documents.</summary>
    internal IEnumerable<int> DocumentIds => Indices?.Order() ?? Enumerable.Range(0, Documents.Count);

    /// <summary>The number of completions of a document; 1 for a task that generates nothing.</summary>
    public int AnswersOfEach => Definition.OutputType == OutputType.GenerateUntil ? Math.Max(1, Definition.Repeats) : 1;

    /// <summary>The number of documents, or of completions for a task that asks for several per document.</summary>
    public int Answers => Documents.Count * AnswersOfEach;
}

/// <summary>A document with its position among all documents of the task, from 0.</summary>
public readonly record struct NumberedDocument(long Id, Document Document)
{
    /// <summary>The position in the split, from 0. It is larger than <see cref="Id"/> where the task leaves out earlier rows.</summary>
    public long Row { get; init; } = Id;
}
