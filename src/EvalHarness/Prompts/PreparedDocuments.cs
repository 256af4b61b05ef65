using EvalHarness.Data;
using EvalHarness.Tasks;

namespace EvalHarness.Prompts;

/// <summary>
/// The documents of a task with their prompts. Each is read from the dataset once, in order, when it is first asked for; its parts are kept
/// in a temporary file, from which it is put together again. In memory are the offsets, 8 bytes a document, and the few documents that were
/// used last. Any thread may read.
/// </summary>
internal sealed class PreparedDocuments : IDisposable
{
    /// <summary>The most characters of prompts that are kept of the documents that were used last, beside the last one.</summary>
    private const long KeptCharacters = 2 << 20;

    private const int KeptDocuments = 512;

    private readonly Lock _gate = new();
    private readonly TaskRun _run;
    private readonly PromptBuilder _builder;
    private readonly Func<Prompt, Prompt> _render;
    private readonly DocumentSpool _spool = new();
    private readonly List<long> _offsets = [];
    private readonly Dictionary<int, PreparedDocument> _recent = [];
    private readonly Queue<(int Position, long Characters)> _recentOrder = [];
    private readonly IEnumerator<NumberedDocument> _source;
    private long _recentCharacters;

    /// <summary>The ids by position; null while each is its position.</summary>
    private List<long>? _ids;

    /// <param name="run">The task with its documents.</param>
    /// <param name="chat">How to make a conversation of a prompt.</param>
    /// <param name="render">Renders a prompt, as an engine does.</param>
    internal PreparedDocuments(TaskRun run, ChatFormat chat, Func<Prompt, Prompt> render)
    {
        (_run, _builder, _render) = (run, new PromptBuilder(run, chat), render);
        _source = _builder.Ahead(run.Documents).GetEnumerator();
    }

    internal TaskRun Run => _run;

    internal int Count => _run.Documents.Count;

    /// <summary>All documents in order.</summary>
    /// <exception cref="EvalException">
    /// A shard is damaged, a few-shot example does not fit the task, or the engine cannot render a conversation.
    /// </exception>
    internal IEnumerable<PreparedDocument> All()
    {
        for (int i = 0; i < Count; i++)
            yield return this[i];
    }

    /// <param name="position">Among the documents of the run, from 0.</param>
    /// <exception cref="EvalException">As <see cref="All"/>.</exception>
    internal PreparedDocument this[int position]
    {
        get
        {
            lock (_gate)
            {
                if (_recent.TryGetValue(position, out PreparedDocument? recent))
                    return recent;
                while (_offsets.Count < position)
                    Make();
                PreparedDocument prepared = position == _offsets.Count
                    ? Make()
                    : _builder.Compose(_spool.Read(_offsets[position], PromptParts.Read)).Render(_render);
                Keep(position, prepared);
                return prepared;
            }
        }
    }

    /// <summary>The position of a document that was read already.</summary>
    /// <param name="id">The number of the document among all of the task.</param>
    internal int PositionOf(long id)
    {
        lock (_gate)
            return _ids is null ? (int)id : _ids.BinarySearch(id);
    }

    private PreparedDocument Make()
    {
        if (!_source.MoveNext())
        {
            throw new EvalException(
                ExitCode.Data,
                $"task {_run.Definition.Name}: its data ended after {_offsets.Count} of {Count} documents, so that it was changed while it "
                + "was read; run it again");
        }

        PromptParts parts = _builder.Take(_source.Current);
        PreparedDocument made = _builder.Compose(parts), prepared = made.Render(_render);
        if (!ReferenceEquals(made, prepared) && prepared.Prompt.IsRendered)
            parts = parts with { Rendered = prepared.RenderedTexts() };
        NoteId(parts.Document.Id);
        _offsets.Add(_spool.Append(parts.Write));
        return prepared;
    }

    private void NoteId(long id)
    {
        if (_ids is null && id != _offsets.Count)
            _ids = [.. Enumerable.Range(0, _offsets.Count).Select(i => (long)i)];
        _ids?.Add(id);
    }

    private void Keep(int position, PreparedDocument document)
    {
        long characters = document.Requests.Select(r => r.Prompt).Distinct(ReferenceEqualityComparer.Instance).Cast<Prompt>()
            .Sum(p => (long)p.Text.Length);
        _recent[position] = document;
        _recentOrder.Enqueue((position, characters));
        _recentCharacters += characters;
        while (_recentOrder.Count > 1 && (_recentOrder.Count > KeptDocuments || _recentCharacters > KeptCharacters))
        {
            (int oldest, long freed) = _recentOrder.Dequeue();
            _recent.Remove(oldest);
            _recentCharacters -= freed;
        }
    }

    public void Dispose()
    {
        _source.Dispose();
        _spool.Dispose();
    }
}
