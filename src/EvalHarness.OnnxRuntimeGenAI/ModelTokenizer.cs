using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using EvalHarness.Prompts;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI;

/// <summary>
/// A model's tokenizer. Several threads may encode with one; decoding and streams are one thread's, because the runtime promises no more.
/// Texts that it would silently change (cut at NUL, lone surrogates replaced) are refused, and the beginning-of-text token is handled here,
/// where it is seen.
/// </summary>
internal sealed class ModelTokenizer : IDisposable
{
    private readonly Tokenizer _tokenizer;
    private bool _disposed;
    private readonly ModelConfig _config;
    private readonly Lazy<bool?> _takesSystemRole;

    /// <param name="folder">The model's.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="addBosToken">Whether a text begins with the beginning-of-text token; null for what the tokenizer does.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: the model has no such token.</exception>
    internal ModelTokenizer(string folder, ModelConfig config, bool? addBosToken)
    {
        _config = config;
        _takesSystemRole = new Lazy<bool?>(TrySystemRole);
        _tokenizer = Create(folder);
        try
        {
            Prefix = addBosToken switch
            {
                null => FindPrefix(),
                false => [],
                true => [config.BeginOfTextId ?? throw new EvalException(ExitCode.Model, "--add-bos-token true: genai_config.json has no bos_token_id; leave the option out")],
            };
        }
        catch
        {
            _tokenizer.Dispose();
            throw;
        }
    }

    /// <summary>Tokens that the model's own tokenizer puts before a text: its beginning-of-text token, or nothing.</summary>
    internal IReadOnlyList<int> Prefix { get; }

    /// <summary>
    /// As <c>new Tokenizer(folder)</c>. The native destructor takes no null pointer: when that constructor throws, the half-made
    /// object's finalizer would hand it one some time later and end the process. Here the object is known and its finalizer called off.
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
#pragma warning disable CA1816 // Not this object's finalizer but the half-made one's, which nobody else can reach.
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
        // What some tokenizers put after a text (an end token) would end the prompt and stays off.
        return at > 0 ? with[..at] : [];
    }

    /// <summary>Before any text is encoded: a change of options beside an encode is promised by nobody.</summary>
    private void AddSpecialTokens(bool value) => _tokenizer.UpdateOptions(new Dictionary<string, string> { ["add_special_tokens"] = value ? "true" : "false" });

    /// <summary>Token ids without any that the text does not have.</summary>
    /// <exception cref="UnencodableTextException">The native tokenizer would change the text.</exception>
    internal int[] Encode(string text)
    {
        if (text.Length == 0)
            return [];
        if (text.Contains('\0', StringComparison.Ordinal))
            throw new UnencodableTextException("the text has a NUL character, at which the tokenizer would cut it");
        if (HasLoneSurrogate(text))
            throw new UnencodableTextException("the text has half of a surrogate pair, which the tokenizer would replace");
        int[] tokens = EncodeUnchecked(text);
        // The runtime takes a negative id without a word and reads the embedding of another token.
        return tokens.AsSpan().ContainsAnyInRange(int.MinValue, -1) ? throw new UnencodableTextException("the text has a part for which the tokenizer knows no token") : tokens;
    }

    /// <summary>Tokens of a text whose meaning does not matter, to try the model with: parts that have none are left out.</summary>
    internal int[] EncodeProbe(string text) => [.. WithPrefix(EncodeUnchecked(text)).Where(token => token >= 0)];

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

    internal string Decode(ReadOnlySpan<int> tokens) => Native.Decode(tokens);

    internal TokenizerStream CreateStream() => Native.CreateStream();

    /// <summary>A prompt as the model sees it: prefix, then the text, which may be empty.</summary>
    internal int[] EncodePrompt(string text)
    {
        int[] tokens = WithPrefix(Encode(text));
        return tokens.Length > 0 ? tokens : [FirstToken];
    }

    /// <summary>A text that begins with the prefix already, as a chat template may have it, does not get it twice.</summary>
    internal int[] WithPrefix(int[] tokens) => Prefix.Count > 0 && !(tokens.Length >= Prefix.Count && tokens.AsSpan(0, Prefix.Count).SequenceEqual([.. Prefix]))
        ? [.. Prefix, .. tokens]
        : tokens;

    /// <summary>What nothing at all goes on from: the beginning or, without one, the end of text, as in the reference.</summary>
    internal int FirstToken => _config.BeginOfTextId ?? _config.EndOfTextIds[0];

    /// <summary>A text to be scored as a whole, with the beginning-of-text token where prompts have it: the reference scores it too.</summary>
    internal int[] EncodeText(string text) => text.Length == 0 ? [.. Prefix] : EncodePrompt(text);

    /// <summary>Whether the model's chat template takes a system message; null where there is no template that takes a question.</summary>
    internal bool? TakesSystemRole => _takesSystemRole.Value;

    private bool? TrySystemRole()
    {
        ChatMessage system = new("system", "a"), user = new("user", "b");
        return Try([user]) ? Try([system, user]) : null;

        bool Try(ChatMessage[] messages)
        {
            try
            {
                return Apply(messages, openAnswer: true).Length > 0;
            }
            catch (OnnxRuntimeGenAIException)
            {
                return false;
            }
        }
    }

    /// <summary>
    /// System messages are left out where the template refuses them (Gemma's does), as in the reference; the manifest says so.
    /// </summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: there is no template, or it refuses the messages.</exception>
    internal string ApplyChatTemplate(IReadOnlyList<ChatMessage> messages, bool openAnswer)
    {
        try
        {
            return Apply(TakesSystemRole == false ? [.. messages.Where(m => m.Role != "system")] : messages, openAnswer);
        }
        catch (OnnxRuntimeGenAIException e)
        {
            string roles = string.Join(", ", messages.Select(m => m.Role).Distinct());
            throw new EvalException(ExitCode.Model, $"--apply-chat-template: the model's template does not take these messages ({roles}): {EvalException.OneLine(e.Message)}; expected chat_template in tokenizer_config.json that knows these roles", e);
        }
    }

    private string Apply(IReadOnlyList<ChatMessage> messages, bool openAnswer) =>
        Native.ApplyChatTemplate("", new JsonArray([.. messages.Select(m => new JsonObject { ["role"] = m.Role, ["content"] = m.Content })]).ToJsonString(), "", openAnswer);

    /// <summary>Decoding with a disposed tokenizer ends the process.</summary>
    private Tokenizer Native
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _tokenizer;
        }
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _tokenizer.Dispose();
    }
}

internal sealed class UnencodableTextException(string message) : Exception(message);
