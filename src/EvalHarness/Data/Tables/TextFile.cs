using System.IO.Compression;
using System.Text;
using ZstdSharp;

namespace EvalHarness.Data.Tables;

/// <summary>Opens files of text, compressed with gzip or Zstandard or not, and turns what is wrong with them into one line.</summary>
internal static class TextFile
{
    private const string Truncated = "the file ends before its compressed data does; fetch it again";

    /// <summary>Opens the bytes of a file, decompressed.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: the file cannot be opened.</exception>
    internal static Stream OpenBytes(string file)
    {
        try
        {
            FileStream stream = RegularFile.Open(file);
            if (DataFileKind.IsGzip(file) && stream.Length == 0)
                throw new InvalidDataException(Truncated);
            return DataFileKind.IsGzip(file) ? new GZipStream(stream, CompressionMode.Decompress)
                : DataFileKind.IsZstandard(file) ? new DecompressionStream(stream, leaveOpen: false)
                : stream;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw Unreadable(file, e);
        }
    }

    private static EvalException Unreadable(string file, Exception e)
    {
        string problem = e is InvalidDataException && DataFileKind.IsGzip(file) ? GzipProblem(file, e) : e.Message;
        return new EvalException(ExitCode.Data, $"{file}: cannot be read: {problem}", e);
    }

    /// <summary>.NET calls everything but a truncated file a method of compression that is not supported.</summary>
    private static string GzipProblem(string file, Exception e)
    {
        if (e.Message.Contains("truncated", StringComparison.OrdinalIgnoreCase) || e.Message == Truncated)
            return Truncated;
        using FileStream stream = File.OpenRead(file);
        return stream.ReadByte() == 0x1f && stream.ReadByte() == 0x8b
            ? "its compressed data is damaged, or its checksum or length is not that of its content; fetch it again"
            : "it is not compressed with gzip, as .gz in its name says; rename it, or fetch it again";
    }

    /// <summary>Opens a file as text. A byte order mark at its beginning is left out.</summary>
    /// <param name="file">The path of the file.</param>
    /// <param name="encoding">The name of an encoding; null for UTF-8.</param>
    internal static StreamReader Open(string file, string? encoding)
    {
        Encoding chosen = Find(encoding) ?? throw new EvalException(ExitCode.Data, $"{file}: there is no encoding {encoding}");
        return new StreamReader(OpenBytes(file), chosen, detectEncodingFromByteOrderMarks: false, bufferSize: 1 << 16);
    }

    /// <returns>An encoding that throws at bytes that are none of its characters; null for a name that is not known.</returns>
    internal static Encoding? Find(string? name)
    {
        string plain = (name ?? "utf-8").ToLowerInvariant().Replace('_', '-');
        try
        {
            return plain switch
            {
                "utf-8" or "utf8" or "utf-8-sig" => new UTF8Encoding(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true),
                "latin-1" or "latin1" or "iso8859-1" => Encoding.Latin1,
                _ => Encoding.GetEncoding(plain, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback),
            };
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Runs a reader of a file, and names the file and the line where its bytes are damaged.</summary>
    internal static T Reading<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (DecoderFallbackException e)
        {
            (long line, byte found) = FindInvalid(file);
            string message = $"{file}:{line}: is not UTF-8 (byte 0x{found:x2}); save the file as UTF-8, or name its encoding with "
                + "dataset_kwargs: encoding, such as latin-1";
            throw new EvalException(ExitCode.Data, message, e);
        }
        catch (Exception e) when (e is InvalidDataException or ZstdException or EndOfStreamException or IOException)
        {
            throw Unreadable(file, e);
        }
    }

    /// <summary>The line of the first byte that is not UTF-8, and that byte.</summary>
    private static (long Line, byte Found) FindInvalid(string file)
    {
        using Stream stream = OpenBytes(file);
        using var whole = new MemoryStream();
        stream.CopyTo(whole);
        ReadOnlySpan<byte> rest = whole.GetBuffer().AsSpan(0, (int)whole.Length);
        long line = 1;
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(rest, out Rune rune, out int bytes) != System.Buffers.OperationStatus.Done)
                return (line, rest[0]);
            line += rune.Value == '\n' ? 1 : 0;
            rest = rest[bytes..];
        }

        return (line, 0);
    }
}
