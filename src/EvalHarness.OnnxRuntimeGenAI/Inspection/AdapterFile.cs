namespace EvalHarness.OnnxRuntimeGenAI.Inspection;

/// <summary>A LoRA adapter in ONNX Runtime's format: what it gives to inputs of a graph, without the values.</summary>
/// <remarks>
/// Source: onnxruntime, adapter_schema.fbs. An adapter is format_version, adapter_version, model_version and parameters; a parameter is
/// name, dims, data_type and raw_data.
/// </remarks>
internal sealed record AdapterFile
{
    private const string Letters = "TORT", Expected = "expected an adapter of ONNX Runtime (.onnx_adapter)";

    private const string Convert = "one of PEFT or in safetensors must be converted first, such as with 'olive convert-adapters'";

    /// <summary>As the user wrote it.</summary>
    public required string Path { get; init; }

    /// <summary>The file's name without its extension.</summary>
    public string Name => NameOf(Path);

    public required IReadOnlyList<AdapterParameter> Parameters { get; init; }

    internal static string NameOf(string path) => System.IO.Path.GetFileNameWithoutExtension(path);

    /// <summary>Reads an adapter and compares it with the graph of a model folder, before anything is loaded.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: the file is missing, damaged or no adapter, or the graph takes no adapters or not this one.
    /// </exception>
    internal static AdapterFile ReadFor(string folder, string path)
    {
        AdapterFile adapter = Read(path);
        string graph = ModelConfig.Read(folder).GraphFile;
        adapter.CheckFits(OnnxGraph.Read(System.IO.Path.Combine(folder, graph)), graph);
        return adapter;
    }

    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: the file is missing, damaged, or no adapter.</exception>
    internal static AdapterFile Read(string path)
    {
        if (Directory.Exists(path))
            throw Wrong(path, $"is a folder; {Expected}; {Convert}");
        if (!File.Exists(path))
            throw Wrong(path, $"there is no such file; {Expected}");
        try
        {
            using FileStream stream = File.OpenRead(path);
            var reader = new FlatbufferReader(stream);
            if (reader.Identifier != Letters)
                throw Wrong(path, $"is no adapter: bytes 4 to 7 are not {Letters}; {Expected}; {Convert}");
            AdapterParameter[] parameters = reader.Field(reader.Root, 3) is { } vector
                ? [.. reader.Elements(reader.Follow(vector), 4).Select(p => Parameter(reader, reader.Follow(p)))]
                : [];
            return parameters.Length > 0
                ? new AdapterFile { Path = path, Parameters = parameters }
                : throw Wrong(path, $"holds no parameters; {Expected}");
        }
        catch (InvalidDataException e)
        {
            throw Wrong(path, $"is damaged: {e.Message}; {Expected}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Wrong(path, $"cannot be read: {EvalException.OneLine(e.Message)}", e);
        }
    }

    private static AdapterParameter Parameter(FlatbufferReader reader, long table)
    {
        long Place(int field, string what) =>
            reader.Field(table, field) is { } place ? place : throw new InvalidDataException($"a parameter has no {what}");
        string name = reader.Text(reader.Follow(Place(0, "name")));
        long[] shape = [.. reader.Elements(reader.Follow(Place(1, "dims")), 8).Select(reader.Int64)];
        var tensor = new OnnxTensor(name, shape, reader.Int32(Place(2, "data_type")));
        (long first, long count) = reader.Bytes(reader.Follow(Place(3, "raw_data")));
        return tensor.Bytes == count || tensor.Type.Bits == 0
            ? new AdapterParameter(tensor, first, count)
            : throw new InvalidDataException(
                $"parameter {name} has {count} bytes, and {tensor.Type.Name} of {tensor.ShapeText} takes {tensor.Bytes}");
    }

    /// <summary>Compares what the adapter gives with what the graph takes.</summary>
    /// <param name="graph">The model's graph.</param>
    /// <param name="graphFile">Its file, for messages.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: the graph takes no adapters, or not this one.</exception>
    internal void CheckFits(OnnxGraph graph, string graphFile)
    {
        // An input that has a value of its own is one that an adapter may replace; all others are given anew at each step.
        OnnxTensor[] inputs = [.. graph.Inputs.Where(i => graph.Weights.ContainsKey(i.Name))];
        if (Parameters.FirstOrDefault(p => graph.Inputs.Any(i => i.Name == p.Tensor.Name) && !graph.Weights.ContainsKey(p.Tensor.Name))
            is { } needed)
        {
            throw Wrong(
                Path,
                $"{graphFile}: the input {needed.Tensor.Name} has no value of its own, so that the model cannot run without an adapter; "
                + "export it with optional inputs, so that there is a base to compare with");
        }

        if (inputs.Length == 0)
        {
            throw Wrong(
                Path,
                $"{graphFile}: this model's graph takes no adapters: it has no inputs for their matrices; export the model with them");
        }

        foreach (OnnxTensor given in Parameters.Select(p => p.Tensor))
        {
            OnnxTensor input = Array.Find(inputs, i => i.Name == given.Name) ?? throw Wrong(
                Path,
                $"its parameter {given.Name} is none of the {inputs.Length} inputs that {graphFile} has for adapters, such as "
                + $"{inputs[0].Name}; expected an adapter of this model");
            if (input.ElementType != given.ElementType)
                throw Wrong(Path, $"its parameter {given.Name} is {given.Type.Name}; {graphFile} takes {input.Type.Name}");
            bool fits = input.Shape.Count == given.Shape.Count && input.Shape.Zip(given.Shape).All(d => d.First < 0 || d.First == d.Second);
            if (!fits)
                throw Wrong(Path, $"its parameter {given.Name} is {given.ShapeText}; {graphFile} takes {input.ShapeText}");
        }
    }

    private static EvalException Wrong(string path, string message, Exception? inner = null) =>
        new(ExitCode.Model, $"--adapter {path}: {message}", inner);
}

/// <summary>A matrix that an adapter gives to an input of the graph.</summary>
/// <param name="Tensor">The input's name, and the matrix's shape and type.</param>
/// <param name="First">The position of its first byte in the file.</param>
/// <param name="Bytes">How many bytes it has.</param>
internal sealed record AdapterParameter(OnnxTensor Tensor, long First, long Bytes);
