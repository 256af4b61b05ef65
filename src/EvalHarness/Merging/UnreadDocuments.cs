using System.Collections;
using EvalHarness.Tasks;

namespace EvalHarness.Merging;

/// <summary>The documents of a task where their number is all that is needed: joining parts reads no dataset.</summary>
internal sealed class UnreadDocuments(int count) : IReadOnlyCollection<NumberedDocument>
{
    public int Count => count;

    /// <exception cref="InvalidOperationException">Always.</exception>
    public IEnumerator<NumberedDocument> GetEnumerator() =>
        throw new InvalidOperationException("the documents of a run that is joined from its parts are not read");

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
