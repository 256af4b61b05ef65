using System.Text;

namespace EvalHarness.Tokenizers;

/// <summary>
/// The printable characters that stand for the 256 bytes in byte-level vocabularies, as GPT-2 chose them: printable Latin-1 bytes are
/// themselves, and the others are the characters from U+0100 on, so that a space is U+0120.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] Chars = MakeChars();
    private static readonly short[] Bytes = MakeBytes();

    internal static char CharOf(byte value) => Chars[value];

    /// <summary>The bytes that a token's characters stand for; if one of them stands for no byte, the token's own UTF-8.</summary>
    internal static byte[] BytesOf(string token)
    {
        byte[] bytes = new byte[token.Length];
        for (int i = 0; i < token.Length; i++)
        {
            if (token[i] >= Bytes.Length || Bytes[token[i]] < 0)
                return Encoding.UTF8.GetBytes(token);
            bytes[i] = (byte)Bytes[token[i]];
        }

        return bytes;
    }

    /// <summary>Writes the characters for the UTF-8 bytes of a text.</summary>
    /// <param name="text">The text, without lone surrogates.</param>
    /// <param name="target">At least three times as long as the text.</param>
    /// <param name="starts">If given, the index in the text is added that each character comes from.</param>
    /// <returns>The number of characters.</returns>
    internal static int Map(ReadOnlySpan<char> text, Span<char> target, List<int>? starts = null)
    {
        Span<byte> utf8 = stackalloc byte[4];
        int length = 0;
        for (int at = 0; at < text.Length;)
        {
            char unit = text[at];
            if (unit < 0x80)
            {
                target[length++] = Chars[unit];
                starts?.Add(at);
                at++;
                continue;
            }

            _ = Rune.DecodeFromUtf16(text[at..], out Rune rune, out int consumed);
            int count = rune.EncodeToUtf8(utf8);
            for (int i = 0; i < count; i++)
            {
                target[length++] = Chars[utf8[i]];
                starts?.Add(at);
            }

            at += consumed;
        }

        return length;
    }

    private static char[] MakeChars()
    {
        char[] chars = new char[256];
        char other = '\u0100';
        for (int b = 0; b < 256; b++)
            chars[b] = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE ? (char)b : other++;
        return chars;
    }

    private static short[] MakeBytes()
    {
        short[] bytes = new short[Chars.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (int b = 0; b < 256; b++)
            bytes[Chars[b]] = (short)b;
        return bytes;
    }
}
