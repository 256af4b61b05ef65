using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using EvalHarness.Files;
using EvalHarness.Sandbox;

namespace EvalHarness.Tasks.Code;

/// <summary>Reads the items of an answer's part. The reader stands at the array's first token, and afterwards at its last.</summary>
internal delegate void PartReader(ref Utf8JsonReader reader);

/// <summary>Requests to a session, and its answers, one after the other.</summary>
/// <param name="session">The session, which ends with this.</param>
/// <param name="root">The folder that the session sees.</param>
/// <param name="inside">The path under which it sees the folder.</param>
/// <param name="time">The clock of the limits of time.</param>
internal sealed class CodeConversation(CodeSession session, CodeRoot root, string inside, TimeProvider time) : IDisposable
{
    private static readonly JsonWriterOptions Writing = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = CodeValues.Deepest,
        SkipValidation = true,
    };

    private static readonly JsonReaderOptions Reading = new() { MaxDepth = CodeValues.Deepest };

    private readonly ArrayBufferWriter<byte> _request = new();
    private TimeSpan _left;

    internal CodeRoot Root => root;

    /// <summary>The time that the request has left; no less than a moment, after which the session is ended.</summary>
    private TimeSpan Left => _left > TimeSpan.FromMilliseconds(1) ? _left : TimeSpan.FromMilliseconds(1);

    /// <summary>Whether it has been asked something after it was opened.</summary>
    internal bool WasAsked { get; private set; }

    /// <summary>The function that was asked for last; null for none.</summary>
    internal FunctionReference? LastLoaded { get; set; }

    /// <summary>What the answer that came last has besides its value.</summary>
    internal IReadOnlyDictionary<string, object?> Last { get; private set; } = new Dictionary<string, object?>();

    /// <summary>Asks, and waits for the answer.</summary>
    /// <param name="operation">What is asked.</param>
    /// <param name="arguments">Writes the members of the request.</param>
    /// <param name="wall">The time for all of it.</param>
    /// <exception cref="CodeFailure">The interpreter could not do it.</exception>
    /// <exception cref="CodeSessionException">The session has ended.</exception>
    internal object? Ask(string operation, Action<Utf8JsonWriter> arguments, TimeSpan wall)
    {
        Send(operation, arguments, wall);
        return Next(Left, null) ? throw session.Broken() : Last["ok"];
    }

    /// <summary>Asks; the answers are then taken by <see cref="Next(PartReader)"/>.</summary>
    internal void Send(string operation, Action<Utf8JsonWriter> arguments, TimeSpan wall)
    {
        WasAsked |= operation != "open";
        _request.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(_request, Writing))
        {
            writer.WriteStartObject();
            writer.WriteString("op", operation);
            arguments(writer);
            writer.WriteEndObject();
        }

        if (_request.WrittenCount > CodeSession.LongestFrame)
        {
            throw new CodeFailure(
                "shape",
                $"what is to be sent has {_request.WrittenCount >> 20} MiB; expected at most {CodeSession.LongestFrame >> 20} MiB");
        }

        long began = time.GetTimestamp();
        session.Send(_request.WrittenSpan, wall);
        _left = wall - time.GetElapsedTime(began);
    }

    /// <summary>Waits for the next answer, within the time that the request has left.</summary>
    /// <returns>Whether it was a part, after which others follow.</returns>
    internal bool Next(PartReader part)
    {
        long began = time.GetTimestamp();
        bool isPart = Next(Left, part);
        _left -= time.GetElapsedTime(began);
        return isPart;
    }

    /// <summary>Waits for the next answer.</summary>
    /// <param name="wall">The time for this one.</param>
    /// <param name="part">Reads a part; null where none is expected.</param>
    /// <returns>Whether it was a part, after which others follow.</returns>
    internal bool Next(TimeSpan wall, PartReader? part)
    {
        byte[] frame = session.Receive(wall);
        try
        {
            var reader = new Utf8JsonReader(frame, Reading);
            if (CodeValueReader.Next(ref reader) != JsonTokenType.StartObject)
                throw new JsonException("no map");
            if (CodeValueReader.Next(ref reader) == JsonTokenType.PropertyName && reader.ValueTextEquals("part"))
            {
                if (part is null || CodeValueReader.Next(ref reader) != JsonTokenType.StartArray)
                    throw new JsonException("a part that nobody expects");
                part(ref reader);
                if (CodeValueReader.Next(ref reader) != JsonTokenType.EndObject || reader.Read())
                    throw new JsonException("more than a part");
                return true;
            }

            reader = new Utf8JsonReader(frame, Reading);
            CodeValueReader.Next(ref reader);
            Last = CodeValueReader.Read(ref reader) as IReadOnlyDictionary<string, object?> ?? throw new JsonException("no map");
            if (reader.Read() || (!Last.ContainsKey("ok") && !Last.ContainsKey("error")))
                throw new JsonException("no answer");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw session.Broken();
        }

        if (Last.GetValueOrDefault("error") is { } error)
            throw new CodeFailure(Last.GetValueOrDefault("kind") as string ?? "session", UntrustedText.OneLine($"{error}"));
        return false;
    }

    /// <summary>Writes the members that name a function.</summary>
    internal void Write(Utf8JsonWriter writer, FunctionReference function)
    {
        writer.WriteString("file", $"{inside}/{root.Relative(function)}");
        writer.WriteString("name", function.Name[(function.Name.LastIndexOf('.') + 1)..]);
    }

    /// <summary>Writes the argument <c>function</c> of a request.</summary>
    internal void WriteArgument(Utf8JsonWriter writer, FunctionReference function)
    {
        writer.WriteStartObject("function");
        Write(writer, function);
        writer.WriteEndObject();
    }

    /// <summary>Ends the session because its answer does not fit what was asked.</summary>
    internal CodeSessionException Broken() => session.Broken();

    /// <summary>Ends the session at once, also from another thread while this one waits for an answer.</summary>
    internal void Kill() => session.Kill();

    public void Dispose() => session.Dispose();
}
