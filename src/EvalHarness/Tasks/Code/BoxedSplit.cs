using System.Text.Json;
using EvalHarness.Data;
using EvalHarness.Files;
using EvalHarness.Sandbox;

namespace EvalHarness.Tasks.Code;

/// <summary>The rows of a split in a session, which nobody else asks until this is closed.</summary>
internal sealed class BoxedSplit : ICodeSplit
{
    /// <summary>The bytes after which a request takes no further row.</summary>
    private const int RequestBytes = 4 << 20;

    private readonly BoxedCode _code;
    private readonly FunctionReference _file;
    private readonly long _id;
    private readonly CodeConversation _session;
    private readonly CancellationToken _token;
    private readonly CancellationTokenRegistration _stop;
    private long _rows;
    private bool _isProcessing, _hasFailed, _isClosed;

    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: the interpreter has ended.</exception>
    internal BoxedSplit(BoxedCode code, FunctionReference file, long id, IReadOnlyList<string> columns, CancellationToken token)
    {
        (_code, _file, _id, _token) = (code, file, id, token);
        _session = code.Rent(file);
        _stop = token.Register(_session.Kill);
        try
        {
            Ask("split", writer =>
            {
                writer.WriteNumber("id", id);
                writer.WritePropertyName("columns");
                CodeValues.Write(writer, columns);
            });
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Add(IReadOnlyList<Document> rows)
    {
        int sent = 0;
        while (sent < rows.Count)
        {
            Ask("add", writer =>
            {
                writer.WriteNumber("id", _id);
                writer.WriteStartArray("rows");
                int first = sent;
                for (; sent < rows.Count && (sent == first || writer.BytesCommitted + writer.BytesPending < RequestBytes); sent++)
                    CodeValues.Write(writer, rows[sent]);
                writer.WriteEndArray();
            });
        }

        _rows += rows.Count;
    }

    private void Ask(string operation, Action<Utf8JsonWriter> arguments) => Guard(_file, () =>
    {
        _session.Ask(operation, arguments, _code.Limits.Whole);
        return false;
    });

    public IEnumerable<ProcessedRow> Process(FunctionReference function)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        if (_isProcessing)
            throw new InvalidOperationException("the documents of another function have not all been taken yet");
        _isProcessing = true;
        try
        {
            Guard(function, () => Send(function));
            var documents = new List<ProcessedRow>();
            void Read(ref Utf8JsonReader reader) => ReadPart(ref reader, documents);
            while (_isProcessing)
            {
                documents.Clear();
                _isProcessing = Guard(function, () => _session.Next(Read));
                foreach (ProcessedRow document in documents)
                    yield return document;
            }

            _code.Record.Touched([function], _session.Last);
        }
        finally
        {
            Drain();
        }
    }

    /// <summary>Takes what is left of the answers where whoever takes the documents stops before their end.</summary>
    private void Drain()
    {
        while (_isProcessing && !_hasFailed)
            _isProcessing = Guard(_file, () => _session.Next((ref reader) => CodeValueReader.ReadItems(ref reader)));
        _isProcessing = false;
    }

    private bool Send(FunctionReference function)
    {
        _session.Send(
            "process",
            writer =>
            {
                writer.WriteNumber("id", _id);
                _session.WriteArgument(writer, function);
            },
            _code.Limits.Whole);
        return true;
    }

    private void ReadPart(ref Utf8JsonReader reader, List<ProcessedRow> documents)
    {
        while (CodeValueReader.Next(ref reader) != JsonTokenType.EndArray)
        {
            documents.Add(CodeValueReader.Read(ref reader) switch
            {
                List<object?> and [long row] when row >= 0 && row < _rows => new ProcessedRow(row, null),
                List<object?> and [null, IReadOnlyDictionary<string, object?> values] => new ProcessedRow(null, new Document(values)),
                _ => throw new JsonException("no document"),
            });
        }
    }

    private bool Guard(FunctionReference function, Func<bool> action)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        try
        {
            return action();
        }
        catch (CodeFailure e)
        {
            _isProcessing = false;
            throw BoxedCode.Failed(function, e);
        }
        catch (CodeSessionException e)
        {
            (_isProcessing, _hasFailed) = (false, true);
            _token.ThrowIfCancellationRequested();
            throw BoxedCode.Ended(function, e);
        }
        catch
        {
            _hasFailed = true;
            throw;
        }
    }

    public void Dispose()
    {
        if (_isClosed)
            return;
        try
        {
            if (!_hasFailed && !_token.IsCancellationRequested)
                Ask("drop", writer => writer.WriteNumber("id", _id));
        }
        catch (Exception e) when (e is EvalException or OperationCanceledException)
        {
            _hasFailed = true;
        }

        _isClosed = true;
        _stop.Dispose();
        _code.GiveBack(_session, !_hasFailed && !_token.IsCancellationRequested);
    }
}
