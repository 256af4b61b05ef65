using System.Text.Json;
using EvalHarness.Files;
using EvalHarness.Sandbox;

namespace EvalHarness.Tasks.Code;

/// <summary>
/// The calls of functions with some rows, and how far they have come. Rows go to a session many at a time, and one at a time after one of
/// them has ended a session, so that it is known which.
/// </summary>
internal sealed class RowCalls(CodeCall call, IReadOnlyList<IReadOnlyList<object?>> rows, CodeLimits limits)
{
    /// <summary>The bytes after which a request takes no further row.</summary>
    private const int RequestBytes = 4 << 20;

    private const long MostBytes = 256 << 20;

    private readonly List<CallOutcome> _outcomes = new(rows.Count * call.Functions.Count);
    private int _first, _sent, _alone;
    private long _bytes;

    internal IReadOnlyList<CallOutcome> Outcomes => _outcomes;

    internal bool IsDone => _outcomes.Count == rows.Count * call.Functions.Count;

    /// <summary>How many outcomes there are when all rows that were sent are done.</summary>
    private int Expected => (_first + _sent) * call.Functions.Count;

    private int Done => _outcomes.Count / call.Functions.Count;

    /// <summary>Sends the next rows and takes what the functions return.</summary>
    /// <exception cref="CodeFailure">The functions cannot be called, for example because their file cannot be loaded.</exception>
    /// <exception cref="CodeSessionException">The session has ended.</exception>
    internal void Next(CodeConversation session)
    {
        (_first, _sent) = (Done, 0);
        try
        {
            session.Send("rows", writer => Write(writer, session), limits.Row);
        }
        catch (CodeFailure e)
        {
            // Too much for one request; nothing was sent.
            if (_sent == 1)
                Fail(e.Message);
            _alone = _sent == 1 ? Math.Max(0, _alone - 1) : _sent;
            return;
        }

        while (session.Next(limits.Row, ReadPart))
        {
        }

        if (_outcomes.Count != Expected)
            throw session.Broken();
        _alone = Math.Max(0, _alone - _sent);
    }

    /// <summary>Takes note of the end of the session.</summary>
    /// <returns>Whether it is known that the row which came next ended it; that row has failed.</returns>
    internal bool Ended(CodeSessionException end)
    {
        // Of a row for which only some functions came to an end, all are called again.
        _outcomes.RemoveRange(Done * call.Functions.Count, _outcomes.Count - (Done * call.Functions.Count));
        int left = _first + _sent - Done;
        if (left != 1)
        {
            _alone = left;
            return false;
        }

        _alone = Math.Max(0, _alone - 1);
        Fail($"the interpreter {end.Message}");
        return true;
    }

    private void Fail(string error) => _outcomes.AddRange(call.Functions.Select(_ => new CallOutcome(null, error)));

    private void Write(Utf8JsonWriter writer, CodeConversation session)
    {
        writer.WriteString("call", JsonNamingPolicy.SnakeCaseLower.ConvertName($"{call.Operation}"));
        writer.WriteStartArray("functions");
        foreach (FunctionReference function in call.Functions)
        {
            writer.WriteStartObject();
            session.Write(writer, function);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WritePropertyName("options");
        CodeValues.Write(writer, call.Options);
        writer.WriteStartArray("rows");
        int left = rows.Count - Done, most = _alone > 0 ? 1 : left;
        for (; _sent < most && (_sent == 0 || writer.BytesCommitted + writer.BytesPending < RequestBytes); _sent++)
            CodeValues.Write(writer, rows[Done + _sent]);
        writer.WriteEndArray();
    }

    private void ReadPart(ref Utf8JsonReader reader)
    {
        long from = reader.BytesConsumed;
        var outcomes = new List<CallOutcome>();
        while (CodeValueReader.Next(ref reader) != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject || _outcomes.Count + outcomes.Count == Expected
                || CodeValueReader.Next(ref reader) != JsonTokenType.PropertyName)
                throw new JsonException("no outcome of a call");
            bool isError = reader.ValueTextEquals("e");
            if (!isError && !reader.ValueTextEquals(CodeValues.Value))
                throw new JsonException("neither a value nor an error");
            CodeValueReader.Next(ref reader);
            object? value = CodeValueReader.Read(ref reader);
            outcomes.Add(isError ? new CallOutcome(null, UntrustedText.OneLine($"{value}")) : new CallOutcome(value, null));
            if (CodeValueReader.Next(ref reader) != JsonTokenType.EndObject)
                throw new JsonException("more than an outcome");
        }

        if ((_bytes += reader.BytesConsumed - from) > MostBytes)
            throw new JsonException("more than can be kept");
        _outcomes.AddRange(outcomes);
    }
}
