using EvalHarness.Data;
using EvalHarness.Files;
using EvalHarness.Pythonic;
using EvalHarness.Tasks.Code;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Tasks;

/// <summary>
/// The Python functions of a task's fields, such as doc_to_text. A document is sent once, and all of them see it in turn, in the order in
/// which they were added. Whoever knows which documents come next has them sent together; any other is sent alone. In memory are the values
/// of the last block. Any thread may ask.
/// </summary>
/// <param name="use">Runs the functions.</param>
internal sealed class FieldCode(TaskCodeUse use)
{
    /// <summary>The documents of the first block and of the largest one: whoever wants only some does not wait for many.</summary>
    private const int FirstBlock = 16, LargestBlock = 256;

    /// <summary>The characters of a block, behind which it takes no more documents.</summary>
    private const long BlockCharacters = 1 << 20;

    private readonly Lock _gate = new();
    private readonly List<FunctionReference> _functions = [];

    /// <summary>Outcomes by the values of the document, one per function.</summary>
    private Dictionary<object, CallOutcome[]> _block = NewBlock();
    private (object? Values, CallOutcome[] Outcomes) _last = (null, []);

    /// <summary>Whether no field of the task is such a function.</summary>
    internal bool IsEmpty => _functions.Count == 0;

    internal FieldFunction Add(FunctionReference function)
    {
        if (!_functions.Contains(function))
            _functions.Add(function);
        int index = _functions.IndexOf(function);
        return new FieldFunction(document => Outcome(document, index).Get());
    }

    /// <summary>Gives items whose documents were sent in blocks before.</summary>
    /// <param name="source">Is read ahead, by one block.</param>
    /// <param name="document">The document of an item.</param>
    internal IEnumerable<T> Ahead<T>(IEnumerable<T> source, Func<T, Document> document)
    {
        var block = new List<T>();
        int size = FirstBlock;
        long characters = 0;
        foreach (T item in source)
        {
            block.Add(item);
            characters += Characters(document(item).Values);
            if (block.Count < size && characters < BlockCharacters)
                continue;
            Send([.. block.Select(document)]);
            foreach (T sent in block)
                yield return sent;
            block.Clear();
            (characters, size) = (0, Math.Min(LargestBlock, size * 4));
        }

        Send([.. block.Select(document)]);
        foreach (T sent in block)
            yield return sent;
    }

    /// <summary>Sends documents together, before they are asked for.</summary>
    internal void Send(IReadOnlyList<Document> documents)
    {
        lock (_gate)
        {
            Document[] missing = [.. documents.Where(d => !_block.ContainsKey(d.Values))];
            if (IsEmpty || missing.Length == 0)
                return;
            Dictionary<object, CallOutcome[]> next = NewBlock();
            foreach (Document known in documents.Where(d => _block.ContainsKey(d.Values)))
                next[known.Values] = _block[known.Values];
            foreach ((Document document, CallOutcome[] outcomes) in missing.Zip(Call(missing)))
                next[document.Values] = outcomes;
            _block = next;
        }
    }

    private CallOutcome Outcome(Document document, int function)
    {
        lock (_gate)
        {
            if (_block.TryGetValue(document.Values, out CallOutcome[]? known))
                return known[function];
            if (!ReferenceEquals(_last.Values, document.Values))
                _last = (document.Values, Call([document])[0]);
            return _last.Outcomes[function];
        }
    }

    private CallOutcome[][] Call(Document[] documents)
    {
        IReadOnlyList<object?>[] rows = [.. documents.Select(IReadOnlyList<object?> (d) => [d.Values])];
        CallOutcome[][] outcomes = [.. documents.Select(_ => new CallOutcome[_functions.Count])];
        foreach (IGrouping<string, (int Index, FunctionReference Item)> file in _functions.Index().GroupBy(f => f.Item.Module))
        {
            (int Index, FunctionReference Item)[] functions = [.. file];
            var call = new CodeCall(CodeOperation.Fields, [.. functions.Select(f => f.Item)], new Dictionary<string, object?>());
            IReadOnlyList<CallOutcome> given = use.Code!.Rows(call, rows, use.CancellationToken);
            for (int i = 0; i < given.Count; i++)
                outcomes[i / functions.Length][functions[i % functions.Length].Index] = given[i];
        }

        return outcomes;
    }

    private static Dictionary<object, CallOutcome[]> NewBlock() => new(ReferenceEqualityComparer.Instance);

    /// <summary>About how many characters a value has, of which a number counts as one.</summary>
    internal static long Characters(object? value) => value switch
    {
        string text => text.Length,
        IReadOnlyDictionary<string, object?> map => map.Sum(item => item.Key.Length + Characters(item.Value)),
        IReadOnlyList<object?> list => list.Sum(Characters),
        PythonBytes bytes => bytes.Span.Length,
        _ => 1,
    };
}
