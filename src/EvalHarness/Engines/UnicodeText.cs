using System.Text;
using EvalHarness.Tokenizers;

namespace EvalHarness.Engines;

/// <summary>Whether a text can be sent without being changed.</summary>
internal static class UnicodeText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="UnencodableTextException">Half of a surrogate pair is in it, for which JSON has no character.</exception>
    internal static void Check(string text)
    {
        try
        {
            _ = Strict.GetByteCount(text);
        }
        catch (EncoderFallbackException)
        {
            throw new UnencodableTextException("the text has half of a surrogate pair, which cannot be sent");
        }
    }
}
