namespace EvalHarness.OnnxRuntimeGenAI.Inspection;

/// <summary>The nodes and inputs of an ONNX graph, and the names, shapes and types of its weights, without their values.</summary>
/// <remarks>
/// Source: onnx.proto, version 1.17: ModelProto, GraphProto, NodeProto, AttributeProto, TensorProto, ValueInfoProto, TypeProto.
/// </remarks>
internal sealed record OnnxGraph(
    IReadOnlyList<OnnxNode> Nodes, IReadOnlyList<OnnxTensor> Inputs, IReadOnlyDictionary<string, OnnxTensor> Weights)
{
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: the file is missing or is not an ONNX model.</exception>
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

        return nodes.Count > 0
            ? new OnnxGraph(nodes, inputs, weights)
            : throw new EvalException(ExitCode.Model, $"{file}: is no ONNX model: it has no graph");
    }

    private static void ReadGraph(
        ProtobufReader reader, List<OnnxNode> nodes, List<OnnxTensor> inputs, Dictionary<string, OnnxTensor> weights)
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
        var outputs = new List<string>();
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
                case 2:
                    outputs.Add(reader.Text());
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

        return new OnnxNode(operation, inputs, outputs, integers);
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

    /// <summary>Reads the name, element type and shape of an input. A dimension that has a name instead of a number becomes -1.</summary>
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

    /// <summary>Reads a nested message field by field.</summary>
    /// <param name="reader">The reader, which stands before the length of the message.</param>
    /// <param name="read">Reads the value of a field by its number, or returns false to have the field skipped.</param>
    /// <returns>Always true, so that a nested call can be the result of <paramref name="read"/>.</returns>
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
