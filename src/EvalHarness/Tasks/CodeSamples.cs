using System.Collections;
using EvalHarness.Data;
using EvalHarness.Files;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks;

/// <summary>The few-shot examples that a Python function lists. It is called once, when the first example is wanted.</summary>
/// <param name="function">The function.</param>
/// <param name="use">Runs it.</param>
/// <param name="place">The file, line and key that name it, with which error messages begin.</param>
internal sealed class CodeSamples(FunctionReference function, TaskCodeUse use, string place) : IReadOnlyList<Document>
{
    private readonly Lock _gate = new();
    private IReadOnlyList<Document>? _documents;

    public int Count => Documents.Count;

    public Document this[int index] => Documents[index];

    public IEnumerator<Document> GetEnumerator() => Documents.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: the function fails, or returns no list of documents.</exception>
    private IReadOnlyList<Document> Documents
    {
        get
        {
            lock (_gate)
                return _documents ??= Call();
        }
    }

    private Document[] Call()
    {
        object? value = use.Code!.Once(function, [], use.CancellationToken);
        return value is IReadOnlyList<object?> list && list.All(item => item is IReadOnlyDictionary<string, object?>)
            ? [.. list.Select(item => new Document((IReadOnlyDictionary<string, object?>)item!))]
            : throw new EvalException(
                ExitCode.Task,
                $"{place}: {function} ({function.Module}) returns {Python.TypeName(value)}; expected a list of few-shot examples, each a "
                + "map of columns");
    }
}
