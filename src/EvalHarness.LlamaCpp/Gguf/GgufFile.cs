namespace EvalHarness.LlamaCpp.Gguf;

/// <summary>
/// The header of a GGUF file: what it says of the model, and where its tensors lie. It is checked before llama.cpp reads the file, because
/// llama.cpp ends the process over some kinds of damage.
/// </summary>
/// <param name="Path">The file.</param>
/// <param name="Metadata">The values by name, as <see cref="GgufReader.Value()"/> gives them.</param>
/// <param name="Tensors">The tensors in the file's order.</param>
internal sealed record GgufFile(string Path, IReadOnlyDictionary<string, object> Metadata, IReadOnlyList<GgufTensor> Tensors)
{
    private const string Tokens = "tokenizer.ggml.tokens", TokenizerModel = "tokenizer.ggml.model";
    private const string Architecture = "general.architecture", Alignment = "general.alignment";

    /// <summary>The lists of which llama.cpp checks neither the type nor the length, and whether that is the vocabulary's.</summary>
    private static readonly (string Name, int Type, string TypeName, bool HasTokens)[] Lists =
    [
        (Tokens, GgufReader.TextType, "texts", true),
        ("tokenizer.ggml.scores", GgufReader.Float32Type, "float32 numbers", true),
        ("tokenizer.ggml.token_type", GgufReader.Int32Type, "int32 numbers", true),
        ("tokenizer.ggml.merges", GgufReader.TextType, "texts", false),
    ];

    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: the file is missing, damaged, cut off, or no GGUF file.</exception>
    internal static GgufFile Read(string path)
    {
        if (!File.Exists(path))
            throw new EvalException(ExitCode.Model, $"--model {path}: there is no such file; expected a GGUF file");
        try
        {
            using var reader = new GgufReader(File.OpenRead(path));
            GgufFile file = Read(path, reader);
            file.Check();
            return file;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or OverflowException)
        {
            string what = e is EndOfStreamException ? "it ends inside its header" : e.Message;
            throw new EvalException(
                ExitCode.Model, $"--model {path}: is no whole GGUF file: {what}; download it again, or convert the model again", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EvalException(ExitCode.Model, $"--model {path}: cannot be read: {e.Message}", e);
        }
    }

    internal string? Text(string name) => Metadata.GetValueOrDefault(name) as string;

    internal long? Number(string name) => Metadata.GetValueOrDefault(name) as long?;

    /// <summary>How many tensors there are of each type, the most frequent first: "24 Q4_0, 17 F32".</summary>
    internal string TensorTypes => string.Join(
        ", ", Tensors.CountBy(t => t.TypeName).OrderByDescending(t => t.Value).ThenBy(t => t.Key, StringComparer.Ordinal)
            .Select(t => $"{t.Value} {t.Key}"));

    private static GgufFile Read(string path, GgufReader reader)
    {
        if (reader.UInt32() != BitConverter.ToUInt32("GGUF"u8))
            throw new InvalidDataException("it does not begin with 'GGUF'");
        uint version = reader.UInt32();
        if (version is not (2 or 3))
            throw new InvalidDataException($"it has version {version} of the format; expected 2 or 3, with the lowest byte first");
        // The shortest tensor has a name of no bytes, a number of dimensions, one of them, a type and an offset; the shortest value a byte.
        long tensorCount = reader.Count("tensors", 8 + 4 + 8 + 4 + 8), valueCount = reader.Count("values", 8 + 4 + 1);
        var metadata = new Dictionary<string, object>();
        for (long i = 0; i < valueCount; i++)
        {
            string name = reader.Text();
            if (!metadata.TryAdd(name, reader.Value()))
                throw new InvalidDataException($"it has {name} twice");
        }

        var tensors = new List<GgufTensor>();
        for (long i = 0; i < tensorCount; i++)
        {
            string name = reader.Text();
            uint dimensions = reader.UInt32();
            if (dimensions is < 1 or > 4)
                throw new InvalidDataException($"tensor {name} has {dimensions} dimensions; expected 1 to 4");
            long[] shape = [.. Enumerable.Range(0, (int)dimensions).Select(_ => reader.Int64())];
            tensors.Add(new GgufTensor(name, shape, reader.Int32(), reader.Int64()));
        }

        long alignment = metadata.TryGetValue(Alignment, out object? written) ? written as long? ?? 0 : 32;
        if (alignment is < 8 or > 1 << 20 || alignment % 8 != 0)
            throw new InvalidDataException($"{Alignment} is {alignment}; expected a multiple of 8");
        CheckPlaces(tensors, reader.Length - ((reader.Position + alignment - 1) / alignment * alignment), alignment);
        return new GgufFile(path, metadata, tensors);
    }

    private static void CheckPlaces(List<GgufTensor> tensors, long length, long alignment)
    {
        foreach (GgufTensor tensor in tensors)
        {
            string shape = string.Join(" x ", tensor.Shape);
            if (tensor.Shape.Any(d => d < 1) || !tensor.HasWholeBlocks)
                throw new InvalidDataException($"tensor {tensor.Name} is {shape} of {tensor.TypeName}, which no tensor can be");
            if (tensor.Offset < 0 || tensor.Offset % alignment != 0)
                throw new InvalidDataException($"tensor {tensor.Name} begins at byte {tensor.Offset}; expected a multiple of {alignment}");
            if (tensor.Bytes > length - tensor.Offset)
            {
                throw new InvalidDataException(
                    $"tensor {tensor.Name} ({shape} of {tensor.TypeName}) ends behind the end of the file: the file is cut off");
            }
        }
    }

    /// <summary>Words of the metadata that llama.cpp ends the process over if it does not know them.</summary>
    private void CheckWords(string architecture)
    {
        (string Name, string[] Known)[] words =
        [
            (TokenizerModel, ["llama", "gpt2"]),
            ($"{architecture}.rope.scaling.type", ["none", "linear", "yarn", "longrope"]),
        ];
        foreach ((string name, string[] known) in words)
        {
            if (Metadata.TryGetValue(name, out object? value) && !(value is string word && known.Contains(word)))
                throw new InvalidDataException($"{name} is {value}; expected {string.Join(" or ", known)}, which this engine reads");
        }

        long used = Number($"{architecture}.expert_used_count") ?? 0, experts = Number($"{architecture}.expert_count") ?? 0;
        if (used > experts)
            throw new InvalidDataException($"{architecture}.expert_used_count is {used}; expected at most {experts}, its experts");
    }

    /// <summary>Numbers over which llama.cpp ends the process, or takes all memory.</summary>
    private void CheckNumbers(string architecture)
    {
        (string, long, long)[] limits = [("context_length", 2, int.MaxValue), ("block_count", 1, 512)];
        foreach ((string name, long least, long most) in limits)
        {
            if (Number($"{architecture}.{name}") is { } number && (number < least || number > most))
                throw new InvalidDataException($"{architecture}.{name} is {number}; expected {least} to {most}");
        }

        foreach ((string name, object value) in Metadata)
        {
            if (name.EndsWith("epsilon", StringComparison.Ordinal) && value is double and not (>= 0 and <= 1))
                throw new InvalidDataException($"{name} is {value}; expected 0 to 1");
        }
    }

    private void Check()
    {
        string architecture = Text(Architecture) ?? throw new InvalidDataException($"it has no {Architecture}");
        CheckNumbers(architecture);
        if (Tensors.Count == 0)
            throw new InvalidDataException("it has no tensors: it holds a vocabulary alone");
        if (Tensors.GroupBy(t => t.Name).FirstOrDefault(g => g.Count() > 1) is { } repeated)
            throw new InvalidDataException($"it has tensor {repeated.Key} twice");
        if (Number("split.count") is > 1 and var parts)
        {
            throw new EvalException(
                ExitCode.Model,
                $"--model {Path}: is one of {parts} parts of a model; join them first: llama-gguf-split --merge {Path} OUTPUT.gguf");
        }

        long tokens = Metadata.GetValueOrDefault(Tokens) is GgufArray list
            ? list.Count
            : throw new InvalidDataException($"it has no list {Tokens}: a model without a vocabulary cannot read texts");
        foreach ((string name, int type, string typeName, bool hasTokens) in Lists)
        {
            if (!Metadata.TryGetValue(name, out object? value))
                continue;
            if (value is not GgufArray array || array.Type != type)
                throw new InvalidDataException($"{name} is no list of {typeName}");
            if (hasTokens && array.Count != tokens)
                throw new InvalidDataException($"{name} has {array.Count} values for {tokens} tokens");
            if (name == Tokens && array.Twice is { } twice)
                throw new InvalidDataException($"{name} has the token '{EvalException.OneLine(twice)}' twice");
        }

        CheckWords(architecture);
    }
}
