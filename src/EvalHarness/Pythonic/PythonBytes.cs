using System.Globalization;
using System.Text;

namespace EvalHarness.Pythonic;

/// <summary>Python's <c>bytes</c>.</summary>
internal sealed class PythonBytes(byte[] bytes) : PythonObject
{
    public ReadOnlySpan<byte> Span => bytes;

    public override string TypeName => "bytes";

    public override bool IsTrue => bytes.Length > 0;

    /// <summary>Writes <c>b'a\x00'</c>: in single quotes, unless the bytes have single quotes and no double ones.</summary>
    public override void WriteRepr(StringBuilder text, int depth)
    {
        char quote = Span.Contains((byte)'\'') && !Span.Contains((byte)'"') ? '"' : '\'';
        text.Append('b').Append(quote);
        foreach (byte next in bytes)
        {
            _ = next switch
            {
                (byte)'\\' => text.Append("\\\\"),
                (byte)'\n' => text.Append("\\n"),
                (byte)'\r' => text.Append("\\r"),
                (byte)'\t' => text.Append("\\t"),
                _ when next == quote => text.Append('\\').Append(quote),
                < 0x20 or >= 0x7f => text.Append(CultureInfo.InvariantCulture, $"\\x{next:x2}"),
                _ => text.Append((char)next),
            };
        }

        text.Append(quote);
    }

    public override bool Equals(object? obj) => obj is PythonBytes other && Span.SequenceEqual(other.Span);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(bytes);
        return hash.ToHashCode();
    }
}
