using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using EvalHarness.OnnxRuntimeGenAI.Inspection;
using EvalHarness.Prompts;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Runtime;

/// <summary>
/// A model's tokenizer. Several threads may encode with the same instance, but only one thread may decode with it, because the runtime
/// does not document decoding as safe for several threads. Texts that the native tokenizer would silently change are refused: it cuts
/// them at a NUL character and replaces lone surrogates. The native tokenizer adds no special tokens; this class adds the
/// beginning-of-text token.
/// </summary>
internal sealed class ModelTokenizer : IDisposable
{
    private readonly Tokenizer _tokenizer;
    private bool _disposed;
    private readonly ModelConfig _config;
    private readonly Lazy<bool?> _takesSystemRole;

    /// <param name="folder">The model folder.</param>
    /// <param name="config">The configuration of that model.</param>
    /// <param name="addBosToken">Whether texts begin with the beginning-of-text token; null for what the tokenizer does by default.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: the token was asked for, and the model has none.</exception>
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
                true =>
                [
                    config.BeginOfTextId ?? throw new EvalException(
                        ExitCode.Model,
                        "--add-bos-token true: genai_config.json has no bos_token_id; leave the option out"),
                ],
            };
        }
        catch
        {
            _tokenizer.Dispose();
            throw;
        }
    }

    /// <summary>The tokens that every text begins with: the beginning-of-text token, or none.</summary>
    internal IReadOnlyList<int> Prefix { get; }

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

    /// <summary>The token ids of a text, without special tokens that the text itself does not contain.</summary>
    /// <exception cref="UnencodableTextException">The native tokenizer would change the text, or has no token for a part of it.</exception>
    internal int[] Encode(string text)
    {
        if (text.Length == 0)
            return [];
        if (text.Contains('\0', StringComparison.Ordinal))
            throw new UnencodableTextException("the text has a NUL character, at which the tokenizer would cut it");
        if (HasLoneSurrogate(text))
            throw new UnencodableTextException("the text has half of a surrogate pair, which the tokenizer would replace");
        int[] tokens = EncodeUnchecked(text);
        // The runtime accepts a negative id silently and reads the embedding of another token.
        return tokens.AsSpan().ContainsAnyInRange(int.MinValue, -1)
            ? throw new UnencodableTextException("the text has a part for which the tokenizer knows no token")
            : tokens;
    }

    /// <summary>The tokens of a text that the model is tried with. Parts for which the tokenizer has no token are left out.</summary>
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

    /// <summary>The tokens of a prompt as the model sees it: the prefix, then the text. There is at least one token.</summary>
    internal int[] EncodePrompt(string text)
    {
        int[] tokens = WithPrefix(Encode(text));
        return tokens.Length > 0 ? tokens : [FirstToken];
    }

    /// <summary>Puts the prefix before the tokens, unless they already begin with it, as the text of a chat template may.</summary>
    internal int[] WithPrefix(int[] tokens) => tokens.AsSpan().StartsWith([.. Prefix]) ? tokens : [.. Prefix, .. tokens];

    /// <summary>
    /// The token that stands in for an empty context: the beginning-of-text token or, if the model has none, the end-of-text token, as in
    /// lm-evaluation-harness.
    /// </summary>
    internal int FirstToken => _config.BeginOfTextId ?? _config.EndOfTextIds[0];

    /// <summary>
    /// The tokens of a text that is scored as a whole. If prompts have a beginning-of-text token, so has this text, and that token is
    /// scored too, as in lm-evaluation-harness.
    /// </summary>
    internal int[] EncodeText(string text) => text.Length == 0 ? [.. Prefix] : EncodePrompt(text);

    /// <summary>
    /// Whether the model's chat template accepts a system message; null if the model has no template that accepts a user message.
    /// </summary>
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
    /// Renders messages with the model's chat template. If the template refuses system messages, as Gemma's does, they are left out, as in
    /// lm-evaluation-harness, and the manifest says so.
    /// </summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: the model has no template, or it refuses the messages.</exception>
    internal string ApplyChatTemplate(IReadOnlyList<ChatMessage> messages, bool openAnswer)
    {
        try
        {
            return Apply(TakesSystemRole == false ? [.. messages.Where(m => m.Role != "system")] : messages, openAnswer);
        }
        catch (OnnxRuntimeGenAIException e)
        {
            string roles = string.Join(", ", messages.Select(m => m.Role).Distinct());
            throw new EvalException(
                ExitCode.Model,
                $"--apply-chat-template: the model's template does not take these messages ({roles}): {EvalException.OneLine(e.Message)}; "
                + "expected chat_template in tokenizer_config.json that knows these roles",
                e);
        }
    }

    private string Apply(IReadOnlyList<ChatMessage> messages, bool openAnswer)
    {
        JsonArray array = [.. messages.Select(m => new JsonObject { ["role"] = m.Role, ["content"] = m.Content })];
        return Native.ApplyChatTemplate("", array.ToJsonString(), "", openAnswer);
    }

    /// <summary>The native tokenizer. Every access checks for disposal, because the use of a disposed one ends the process.</summary>
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

/// <summary>A text that the native tokenizer cannot encode without changing it.</summary>
internal sealed class UnencodableTextException(string message) : Exception(message);
