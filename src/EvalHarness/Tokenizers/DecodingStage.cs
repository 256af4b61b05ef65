using System.Text;

namespace EvalHarness.Tokenizers;

/// <summary>
/// A step on the way from tokens to text. It takes tokens one by one and hands on what no later token can change, so that a text decoded
/// token by token and a text decoded at once are the same by construction. One thread may use an instance, for one text.
/// </summary>
/// <param name="next">The step behind it.</param>
internal abstract class DecodingStage(DecodingStage? next)
{
    protected DecodingStage Next => next!;

    /// <summary>Takes a token; behind a step that joins all tokens into one, a part of that one.</summary>
    internal abstract void Add(string token);

    /// <summary>Hands on what was held back.</summary>
    internal virtual void Finish() => next?.Finish();
}

/// <summary>The end of the way: the text so far.</summary>
internal sealed class CollectingStage() : DecodingStage(null)
{
    private readonly StringBuilder _text = new();

    internal override void Add(string token) => _text.Append(token);

    internal string Take()
    {
        string text = _text.ToString();
        _text.Clear();
        return text;
    }
}

/// <summary>Puts spaces between tokens, as the library does where a file has no decoder.</summary>
internal sealed class SpacingStage(DecodingStage next) : DecodingStage(next)
{
    private bool _first = true;

    internal override void Add(string token)
    {
        Next.Add(_first ? token : " " + token);
        _first = false;
    }
}

/// <summary>Changes each token, or each part of the joined token, by itself.</summary>
internal sealed class MappingStage(Func<string, string> map, DecodingStage next) : DecodingStage(next)
{
    internal override void Add(string token) => Next.Add(map(token));
}

/// <summary>Waits for all parts of the joined token, for a step that must see it whole.</summary>
internal sealed class GatheringStage(DecodingStage next) : DecodingStage(next)
{
    private readonly StringBuilder _token = new();

    internal override void Add(string token) => _token.Append(token);

    internal override void Finish()
    {
        Next.Add(_token.ToString());
        base.Finish();
    }
}

/// <summary>
/// The tokens' bytes through one UTF-8 decoder, which waits for the rest of a character and gives U+FFFD for bytes that are no UTF-8.
/// </summary>
internal sealed class ByteLevelStage(DecodingStage next) : DecodingStage(next)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    internal override void Add(string token) => Decode(ByteAlphabet.BytesOf(token), flush: false);

    internal override void Finish()
    {
        Decode([], flush: true);
        base.Finish();
    }

    private void Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        Span<char> chars = new char[_decoder.GetCharCount(bytes, flush)];
        int count = _decoder.GetChars(bytes, chars, flush);
        if (count > 0)
            Next.Add(new string(chars[..count]));
    }
}

/// <summary>
/// Turns a run of tokens such as &lt;0xE2&gt; into text. The run is held back until another token or the end comes, because one more broken
/// byte makes each of its bytes U+FFFD.
/// </summary>
internal sealed class ByteFallbackStage(DecodingStage next) : DecodingStage(next)
{
    private readonly List<byte> _bytes = [];

    internal override void Add(string token)
    {
        if (token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && char.IsAsciiHexDigit(token[3]) && char.IsAsciiHexDigit(token[4]))
        {
            _bytes.Add(Convert.FromHexString(token.AsSpan(3, 2))[0]);
            return;
        }

        Flush();
        Next.Add(token);
    }

    internal override void Finish()
    {
        Flush();
        base.Finish();
    }

    private void Flush()
    {
        if (_bytes.Count == 0)
            return;
        byte[] bytes = [.. _bytes];
        _bytes.Clear();
        if (System.Text.Unicode.Utf8.IsValid(bytes))
        {
            Next.Add(Encoding.UTF8.GetString(bytes));
            return;
        }

        foreach (byte _ in bytes)
            Next.Add("\uFFFD");
    }
}

/// <summary>Takes a character away from the ends of the joined token.</summary>
/// <param name="content">The character, which is one UTF-16 unit.</param>
/// <param name="start">How often at most at the beginning.</param>
/// <param name="stop">How often at most at the end.</param>
/// <param name="next">The step behind it.</param>
internal sealed class StrippingStage(char content, int start, int stop, DecodingStage next) : DecodingStage(next)
{
    private int _left = start;
    private int _held;

    internal override void Add(string token)
    {
        int begin = 0;
        while (begin < token.Length && _left > 0)
        {
            if (token[begin] == content)
            {
                begin++;
                _left--;
            }
            else
            {
                _left = 0;
            }
        }

        int end = token.Length;
        while (end > begin && token[end - 1] == content && token.Length - end < stop)
            end--;
        int trailing = token.Length - end;
        int release = end > begin ? _held : Math.Max(0, _held + trailing - stop);
        _held += trailing - release;
        if (release > 0 || end > begin)
            Next.Add(end > begin ? new string(content, release) + token[begin..end] : new string(content, release));
    }

    // What is still held back are the characters that are to be taken away.
}

/// <summary>The visible character of Metaspace becomes a space, and nothing in the first token.</summary>
internal sealed class MetaspaceStage(string replacement, bool dropsInFirst, bool joined, DecodingStage next) : DecodingStage(next)
{
    private bool _first = true;

    internal override void Add(string token)
    {
        Next.Add(token.Replace(replacement, _first && dropsInFirst ? "" : " ", StringComparison.Ordinal));
        _first = joined;
    }
}
