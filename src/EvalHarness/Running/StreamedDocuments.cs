using System.Collections;
using EvalHarness.Data;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>
/// Documents that are read from their shards while they are enumerated, and anew each time. Who leaves early reads no further row group.
/// Several threads may enumerate them.
/// </summary>
/// <param name="split">The split that has them.</param>
/// <param name="columns">The columns that are read; null for all.</param>
/// <param name="use">Begins a new pass over the split, which chooses the documents.</param>
/// <param name="count">How many there are.</param>
/// <param name="cancellationToken">Stops between rows.</param>
internal sealed class StreamedDocuments(
    DatasetSplit split, IReadOnlySet<string>? columns, Func<SplitUse> use, int count, CancellationToken cancellationToken)
    : IReadOnlyCollection<NumberedDocument>
{
    public int Count => count;

    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Data"/>: a shard is damaged, process_docs fails, or there are fewer documents than at the beginning.
    /// </exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public IEnumerator<NumberedDocument> GetEnumerator()
    {
        SplitUse pass = use();
        int given = 0;
        long row = 0;
        if (count == 0)
            yield break;
        foreach (Document document in split.ReadAsync(columns, cancellationToken).ToBlockingEnumerable(cancellationToken))
        {
            if (pass.Next(document, row++) is not { } next)
                continue;
            yield return next;
            if (++given == count)
                yield break;
        }

        throw new EvalException(
            ExitCode.Data,
            $"{split.Shards[0].File}: task {pass.Task.Name} had {count} documents when its data was opened, and now there are {given}: "
            + "the files were changed meanwhile; leave them as they are while a run needs them");
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
