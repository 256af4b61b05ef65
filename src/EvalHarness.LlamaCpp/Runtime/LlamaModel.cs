using EvalHarness.Engines;
using EvalHarness.LlamaCpp.Gguf;
using EvalHarness.Tokenizers;
using EvalHarness.Tokens;
using LLama.Native;

namespace EvalHarness.LlamaCpp.Runtime;

/// <summary>A GGUF model that llama.cpp has loaded.</summary>
internal sealed class LlamaModel : IDisposable
{
    private const string TemplateKey = "tokenizer.chat_template", ToolUse = "tool_use";

    private readonly SafeLlamaModelHandle _handle;
    private readonly LlamaCppOptions _options;

    private LlamaModel(SafeLlamaModelHandle handle, GgufFile file, LlamaCppOptions options)
    {
        (_handle, File, _options) = (handle, file, options);
        Window = options.MaxLength ?? handle.ContextSize;
        EndIds = [.. Enumerable.Range(0, handle.Vocab.Count).Where(id => ((LLamaToken)id).IsEndOfGeneration(handle.Vocab))];
        var tokenizer = new GgufTokenizer(handle);
        int first = EndIds.Count > 0 ? EndIds[0] : (int?)handle.Vocab.BOS ?? 0;
        Tokenizer = new ModelTokenizer(tokenizer, (int?)handle.Vocab.BOS, (int?)handle.Vocab.EOS ?? first, options.AddBosToken)
        {
            ThinkEndToken = options.ThinkEndToken,
        };
        ChatTemplate? template = TemplateOf(file, options, SpecialTokensOf(tokenizer));
        Conversations = new Conversations(template, file.Path, $"{TemplateKey} in its metadata", options.Conversations);
        CanRewind = LlamaSession.TryRewind(this);
    }

    internal GgufFile File { get; }

    internal ModelTokenizer Tokenizer { get; }

    internal Conversations Conversations { get; }

    /// <summary>The tokens that end a completion: all that llama.cpp knows as the end of a text, of a turn or of a message.</summary>
    internal IReadOnlyList<int> EndIds { get; }

    internal int ContextLength => _handle.ContextSize;

    internal int VocabularySize => _handle.Vocab.Count;

    /// <summary>The most tokens that a prompt and its completion may have together.</summary>
    internal int Window { get; }

    /// <summary>Whether tokens can be taken back. Recurrent models keep a state from which nothing can be taken.</summary>
    internal bool CanRewind { get; }

    /// <summary>Counts the work that the model does.</summary>
    internal UsageCounter Work { get; } = new(workers: 1);

    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: the file is damaged, or llama.cpp cannot compute it; <see cref="ExitCode.Usage"/>: the length is
    /// outside the model's context; <see cref="ExitCode.Environment"/>: llama.cpp's libraries are missing.
    /// </exception>
    internal static LlamaModel Load(string path, LlamaCppOptions options)
    {
        var file = GgufFile.Read(path);
        SafeLlamaModelHandle handle = LlamaLibrary.Run(
            () =>
            {
                var parameters = LLamaModelParams.Default();
                parameters.n_gpu_layers = 0;
                // Weights with values that are no numbers, which a damaged file may have, are refused.
                parameters.check_tensors = true;
                return SafeLlamaModelHandle.LoadFromFile(path, parameters);
            },
            (said, e) => new EvalException(ExitCode.Model, $"--model {path}: llama.cpp does not load it: {said}", e));
        try
        {
            if (handle.HasEncoder || !handle.HasDecoder || handle.IsDiffusion)
            {
                throw new EvalException(
                    ExitCode.Model,
                    $"--model {path}: its architecture {file.Text("general.architecture")} is no decoder that predicts the next token; "
                    + "expected such a model");
            }

            if (options.MaxLength is { } limit && (limit < 2 || limit > handle.ContextSize))
            {
                throw new EvalException(
                    ExitCode.Usage,
                    $"--max-length {limit}: the model's context is {handle.ContextSize} tokens; expected 2 to {handle.ContextSize}");
            }

            return new LlamaModel(handle, file, options);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <param name="tokens">The most tokens that the session will hold.</param>
    /// <exception cref="LlamaException">The cache does not fit into memory.</exception>
    internal LlamaSession NewSession(int tokens)
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        // Keys and values of all layers, as float32. Models whose heads are smaller for keys and values than for queries take less.
        long bytes = 2L * sizeof(float) * tokens * _handle.LayerCount * HeadSize * Math.Max(1, _handle.KVHeadCount);
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return bytes <= available
            ? new LlamaSession(_handle, tokens, _options.Threads ?? Environment.ProcessorCount)
            : throw new LlamaException(
                $"a key-value cache for {tokens} tokens takes {bytes >> 20} MiB, and this machine has {available >> 20} MiB; "
                + "use a smaller --max-length");
    }

    private long HeadSize => File.Number($"{File.Text("general.architecture")}.attention.key_length")
        ?? _handle.EmbeddingSize / Math.Max(1, _handle.HeadCount);

    public void Dispose()
    {
        Tokenizer.Dispose();
        _handle.Dispose();
    }

    private static ChatTemplate? TemplateOf(GgufFile file, LlamaCppOptions options, Dictionary<string, object?> specialTokens)
    {
        bool withTools = options.ChatTemplate is null && Conversations.HasTools(options.Conversations);
        string? text = file.Text(options.ChatTemplate is { } name ? $"{TemplateKey}.{name}" : TemplateKey);
        if (withTools)
            text = file.Text($"{TemplateKey}.{ToolUse}") ?? text;
        if (text is null && options.ChatTemplate is { } missing)
        {
            throw new EvalException(
                ExitCode.Model,
                $"--apply-chat-template {missing}: {file.Path} has no {TemplateKey}.{missing}; "
                + "leave the name out for the default template");
        }

        return text is null ? null : ChatTemplate.Parse(new ChatTemplateFile(file.Path, text, specialTokens));
    }

    /// <summary>The texts of the special tokens that templates may name.</summary>
    private Dictionary<string, object?> SpecialTokensOf(GgufTokenizer tokenizer)
    {
        var tokens = new Dictionary<string, object?>();
        foreach ((string name, int? id) in ((string, int?)[])
            [
                ("bos_token", (int?)_handle.Vocab.BOS),
                ("eos_token", (int?)_handle.Vocab.EOS),
                ("pad_token", (int?)_handle.Vocab.Pad),
                ("unk_token", (int?)File.Number("tokenizer.ggml.unknown_token_id")),
            ])
        {
            if (id is { } known && tokenizer.Decode([known], skipSpecialTokens: false) is { Length: > 0 } text)
                tokens[name] = text;
        }

        return tokens;
    }
}
