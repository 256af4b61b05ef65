namespace EvalHarness.OnnxRuntimeGenAI.Inspection;

/// <summary>A graph's nodes, its inputs and the shapes of its weights, without the weights.</summary>
/// <remarks>Source: onnx.proto, version 1.17: ModelProto, GraphProto, NodeProto, AttributeProto, TensorProto, ValueInfoProto, TypeProto.</remarks>
internal sealed record OnnxGraph(IReadOnlyList<OnnxNode> Nodes, IReadOnlyList<OnnxTensor> Inputs, IReadOnlyDictionary<string, OnnxTensor> Weights)
{
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: the file is missing or no ONNX model.</exception>
    internal static OnnxGraph Read(string file)
    {
        if (!File.Exists(file))
            throw new EvalException(ExitCode.Model, $"{file}: is missing; genai_config.json names it as the decoder's graph");
        var nodes = new List<OnnxNode>();
        var inputs = new List<OnnxTensor>();
        var weights = new Dictionary<string, OnnxTensor>();
        try
        {
            using FileStream stream = File.OpenRead(file);
            var reader = new ProtobufReader(stream);
            while (reader.Next(reader.Length, out int field, out int type))
            {
                if (field == 7 && type == ProtobufReader.LengthType)
                    ReadGraph(reader, nodes, inputs, weights);
                else
                    reader.Skip(type);
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new EvalException(ExitCode.Model, $"{file}: is no ONNX model: {e.Message}", e);
        }

        return nodes.Count > 0 ? new OnnxGraph(nodes, inputs, weights) : throw new EvalException(ExitCode.Model, $"{file}: is no ONNX model: it has no graph");
    }

    private static void ReadGraph(ProtobufReader reader, List<OnnxNode> nodes, List<OnnxTensor> inputs, Dictionary<string, OnnxTensor> weights)
    {
        long end = reader.End();
        while (reader.Next(end, out int field, out int type))
        {
            switch (field)
            {
                case 1:
                    nodes.Add(ReadNode(reader));
                    break;
                case 5:
                    OnnxTensor tensor = ReadTensor(reader);
                    weights[tensor.Name] = tensor;
                    break;
                case 11:
                    inputs.Add(ReadInput(reader));
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }
    }

    private static OnnxNode ReadNode(ProtobufReader reader)
    {
        var inputs = new List<string>();
        var integers = new Dictionary<string, long>();
        string operation = "";
        long end = reader.End();
        while (reader.Next(end, out int field, out int type))
        {
            switch (field)
            {
                case 1:
                    inputs.Add(reader.Text());
                    break;
                case 4:
                    operation = reader.Text();
                    break;
                case 5:
                    ReadAttribute(reader, integers);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return new OnnxNode(operation, inputs, integers);
    }

    private static void ReadAttribute(ProtobufReader reader, Dictionary<string, long> integers)
    {
        string name = "";
        long? value = null;
        long end = reader.End();
        while (reader.Next(end, out int field, out int type))
        {
            switch (field)
            {
                case 1:
                    name = reader.Text();
                    break;
                case 3:
                    value = (long)reader.Varint();
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        if (value is { } integer)
            integers[name] = integer;
    }

    private static OnnxTensor ReadTensor(ProtobufReader reader)
    {
        var shape = new List<long>();
        string name = "";
        int elementType = 0;
        long end = reader.End();
        while (reader.Next(end, out int field, out int type))
        {
            switch (field)
            {
                case 1:
                    shape.AddRange(reader.Integers(type));
                    break;
                case 2:
                    elementType = (int)reader.Varint();
                    break;
                case 8:
                    name = reader.Text();
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return new OnnxTensor(name, shape, elementType);
    }

    /// <summary>Name, then type: a tensor's element type and dimensions, -1 for one that has no number.</summary>
    private static OnnxTensor ReadInput(ProtobufReader reader)
    {
        string name = "";
        int elementType = 0;
        var shape = new List<long>();
        Message(reader, field =>
        {
            switch (field)
            {
                case 1:
                    name = reader.Text();
                    return true;
                case 2:
                    Message(reader, kind => kind == 1 && Message(reader, part =>
                    {
                        if (part == 1)
                            elementType = (int)reader.Varint();
                        return part == 1 || (part == 2 && Message(reader, dimension => dimension == 1 && ReadDimension(reader, shape)));
                    }));
                    return true;
                default:
                    return false;
            }
        });
        return new OnnxTensor(name, shape, elementType);
    }

    private static bool ReadDimension(ProtobufReader reader, List<long> shape)
    {
        long size = -1;
        Message(reader, field =>
        {
            if (field == 1)
                size = (long)reader.Varint();
            return field == 1;
        });
        shape.Add(size);
        return true;
    }

    /// <summary>Walks the message that begins here.</summary>
    /// <param name="reader">Before the message's length.</param>
    /// <param name="read">Reads the value of a field that it knows, and says whether it did.</param>
    private static bool Message(ProtobufReader reader, Func<int, bool> read)
    {
        long end = reader.End();
        while (reader.Next(end, out int field, out int type))
        {
            if (!read(field))
                reader.Skip(type);
        }

        return true;
    }
}

/// <param name="Operation">MatMul, MatMulNBits, ...</param>
/// <param name="Inputs">Names of values.</param>
/// <param name="Integers">Attributes that are integers.</param>
internal sealed record OnnxNode(string Operation, IReadOnlyList<string> Inputs, IReadOnlyDictionary<string, long> Integers);

/// <param name="Name">As nodes call it.</param>
/// <param name="Shape">Dimensions.</param>
/// <param name="ElementType">TensorProto.DataType.</param>
internal sealed record OnnxTensor(string Name, IReadOnlyList<long> Shape, int ElementType)
{
    internal long Elements => Shape.Aggregate(1L, (product, d) => product * d);

    /// <summary>Name and bits of an element.</summary>
    internal (string Name, int Bits) Type => ElementType switch
    {
        1 => ("float32", 32),
        2 => ("uint8", 8),
        3 => ("int8", 8),
        6 => ("int32", 32),
        7 => ("int64", 64),
        10 => ("float16", 16),
        11 => ("float64", 64),
        16 => ("bfloat16", 16),
        17 or 18 => ("float8", 8),
        21 => ("uint4", 4),
        22 => ("int4", 4),
        var other => ($"type {other}", 0),
    };

    internal long Bytes => (Elements * Type.Bits + 7) / 8;
}
