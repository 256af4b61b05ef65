using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using EvalHarness.Tokenizers;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Runtime;

/// <summary>
/// The runtime's own tokenizer. Its ids and texts differ from those of Hugging Face's library for many models, silently; it is used where
/// a model folder has no tokenizer.json, or on request. Texts that it would silently change are refused: it cuts them at a NUL character
/// and replaces lone surrogates.
/// </summary>
internal sealed class GenAiTokenizer : ITokenizer
{
    private readonly Tokenizer _tokenizer;

    /// <summary>Whether special tokens are shown is set for a native tokenizer once, so a second one shows them.</summary>
    private readonly Lazy<Tokenizer> _showing;

    /// <summary>The runtime promises that several threads may encode at the same time, and says nothing about decoding.</summary>
    private readonly Lock _decoding = new();
    private bool _disposed;

    private GenAiTokenizer(Tokenizer tokenizer, string folder)
    {
        _tokenizer = tokenizer;
        _showing = new Lazy<Tokenizer>(() =>
        {
            Tokenizer showing = Create(folder);
            showing.UpdateOptions(new Dictionary<string, string> { ["skip_special_tokens"] = "false" });
            return showing;
        });
        Prefix = FindPrefix();
    }

    public string Name => "genai";

    public IReadOnlyList<string> SpecialTokens => [];

    public IReadOnlyList<int> Prefix { get; }

    /// <summary>The native tokenizer. Every access checks for disposal, because the use of a disposed one ends the process.</summary>
    private Tokenizer Native
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _tokenizer;
        }
    }

    /// <exception cref="OnnxRuntimeGenAIException">The folder has no tokenizer that the runtime can read.</exception>
    internal static GenAiTokenizer Load(string folder)
    {
        Tokenizer tokenizer = Create(folder);
        try
        {
            return new GenAiTokenizer(tokenizer, folder);
        }
        catch
        {
            tokenizer.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Does what <c>new Tokenizer(folder)</c> does. If that constructor throws, the finalizer of the unfinished object later passes a null
    /// pointer to the native destructor, which ends the process. This method holds the object and can suppress its finalizer.
    /// </summary>
    private static Tokenizer Create(string folder)
    {
        Telemetry.SwitchOff();
        var tokenizer = (Tokenizer)RuntimeHelpers.GetUninitializedObject(typeof(Tokenizer));
        try
        {
            typeof(Tokenizer).GetConstructor([typeof(string)])!.Invoke(tokenizer, BindingFlags.DoNotWrapExceptions, null, [folder], null);
            return tokenizer;
        }
        catch
        {
#pragma warning disable CA1816 // The finalizer is that of the unfinished object, which only this method can reach.
            GC.SuppressFinalize(tokenizer);
#pragma warning restore CA1816
            throw;
        }
    }

    private int[] FindPrefix()
    {
        const string probe = "a b";
        AddSpecialTokens(true);
        int[] with = EncodeUnchecked(probe);
        AddSpecialTokens(false);
        int[] without = EncodeUnchecked(probe);
        int at = with.AsSpan().IndexOf(without);
        // Some tokenizers also put an end token after a text. It would end the prompt, so it is not added.
        return at > 0 ? with[..at] : [];
    }

    /// <summary>
    /// Called by the constructor only: the runtime does not document that options may change while another thread encodes.
    /// </summary>
    private void AddSpecialTokens(bool value) =>
        _tokenizer.UpdateOptions(new Dictionary<string, string> { ["add_special_tokens"] = value ? "true" : "false" });

    /// <inheritdoc/>
    /// <remarks>Of the tokens that it puts around a text, the runtime's tokenizer adds those before it only.</remarks>
    public int[] Encode(string text, bool addSpecialTokens = false)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
            throw new UnencodableTextException("the text has a NUL character, at which the tokenizer would cut it");
        if (HasLoneSurrogate(text))
            throw new UnencodableTextException("the text has half of a surrogate pair, which the tokenizer would replace");
        int[] tokens = text.Length == 0 ? [] : EncodeUnchecked(text);
        // The runtime accepts a negative id silently and reads the embedding of another token.
        return tokens.AsSpan().ContainsAnyInRange(int.MinValue, -1)
            ? throw new UnencodableTextException("the text has a part for which the tokenizer knows no token")
            : addSpecialTokens ? [.. Prefix, .. tokens] : tokens;
    }

    private int[] EncodeUnchecked(string text)
    {
        using Sequences sequences = Native.Encode(text);
        return sequences[0].ToArray();
    }

    private static bool HasLoneSurrogate(string text)
    {
        for (ReadOnlySpan<char> rest = text; !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out int consumed) != System.Buffers.OperationStatus.Done)
                return true;
            rest = rest[consumed..];
        }

        return false;
    }

    /// <summary>The text as the runtime decodes it: it ends at the first byte that is no UTF-8.</summary>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        lock (_decoding)
            return Decoder(skipSpecialTokens).Decode(ids);
    }

    public ITextStream CreateStream(bool skipSpecialTokens = true) =>
        new Stream(this, Decoder(skipSpecialTokens).CreateStream(), skipSpecialTokens);

    private Tokenizer Decoder(bool skipSpecialTokens) => skipSpecialTokens || _disposed ? Native : _showing.Value;

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _tokenizer.Dispose();
        if (_showing.IsValueCreated)
            _showing.Value.Dispose();
    }

    /// <summary>The parts are the runtime's. Where they are the beginning of the text of all ids, the end of that text follows.</summary>
    private sealed class Stream(GenAiTokenizer tokenizer, TokenizerStream native, bool skipSpecialTokens) : ITextStream
    {
        private readonly List<int> _ids = [];
        private readonly StringBuilder _text = new();

        public string Add(int id)
        {
            _ids.Add(id);
            lock (tokenizer._decoding)
            {
                string part = native.Decode(id);
                _text.Append(part);
                return part;
            }
        }

        public string Finish()
        {
            string whole = tokenizer.Decode([.. _ids], skipSpecialTokens), shown = _text.ToString();
            return whole.StartsWith(shown, StringComparison.Ordinal) ? whole[shown.Length..] : "";
        }

        public void Dispose() => native.Dispose();
    }
}
