using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace EvalHarness.OpenAI.Transport;

/// <summary>Reads the body of an answer to its end, and says what is wrong with it.</summary>
internal static class AnswerBody
{
    private const int FirstBuffer = 16 << 10;

    /// <summary>A server can announce more than it sends.</summary>
    private const int MostReserved = 1 << 20;

    /// <exception cref="AttemptException">The body is larger than allowed.</exception>
    /// <exception cref="HttpIOException">The body ended before its length, or its last chunk.</exception>
    internal static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContent content, int largest, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > largest)
            throw TooLarge(largest);
        using var body = new MemoryStream((int)Math.Min(content.Headers.ContentLength ?? FirstBuffer, MostReserved));
        Stream stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            byte[] buffer = new byte[FirstBuffer];
            int read;
            while ((read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (body.Length + read > largest)
                    throw TooLarge(largest);
                body.Write(buffer, 0, read);
            }
        }

        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    /// <summary>Why this is not the whole JSON of an answer; null if it is.</summary>
    internal static AttemptFailure? Problem(ReadOnlySpan<byte> body, ApiKey? key)
    {
        if (body.IsEmpty)
            return new AttemptFailure("the answer is empty") { MayPass = true };
        if (!Utf8.IsValid(body))
            return new AttemptFailure("the answer is no UTF-8, so it is no JSON");
        bool isKeyThere = key?.IsIn(Encoding.UTF8.GetString(body)) == true;
        try
        {
            var reader = new Utf8JsonReader(body);
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
                    isKeyThere |= key?.IsIn(reader.GetString()!) ?? reader.GetString() is null;
            }
        }
        catch (JsonException e)
        {
            // An answer that was cut off, or the page of a proxy.
            string place = string.Create(CultureInfo.InvariantCulture, $"line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1} of it");
            return new AttemptFailure($"the answer is no complete JSON ({place})") { MayPass = true };
        }
        catch (InvalidOperationException)
        {
            return new AttemptFailure("the answer has half of a character in it (one of two surrogates), which is no text");
        }

        return isKeyThere ? new AttemptFailure("the answer has the key of the request in it, so it is not kept") : null;
    }

    private static AttemptException TooLarge(int largest) =>
        new(new AttemptFailure($"the answer is larger than {largest >> 20} MiB"));
}
