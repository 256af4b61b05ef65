namespace EvalHarness.Tests.Engines.Faults;

/// <summary>Norms, products and activations in each of their forms.</summary>
internal sealed partial class GraphBuilder
{
    /// <summary>Operators that compute; others only move what is there.</summary>
    private static readonly HashSet<string> Rounding =
        ["Add", "Div", "Exp", "FastGelu", "Gelu", "Gemm", "MatMul", "Mul", "Sigmoid", "SimplifiedLayerNormalization", "Softmax"];

    private readonly HashSet<string> _cast = [];

    private string Weight(string name, Matrix values) => Weight(name, [values.Rows, values.Columns], values.Values);

    private string Scalar(float value) => Weight($"scalar.{value:R}", [], [value]);

    private string Weight(string name, int[] shape, float[] values)
    {
        if (!_form.Rounded)
            return _graph.Weight(name, shape, values, _form.Type);
        string stored = _graph.Weight($"{name}.stored", shape, values, GraphWriter.Half);
        return _cast.Add(name) ? _graph.Node("Cast", [stored], [name], ("to", GraphWriter.Float)) : name;
    }

    /// <summary>Adds a node whose results are floating-point numbers.</summary>
    private string Node(string operation, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes)
    {
        if (!_form.Rounded || !Rounding.Contains(operation))
            return _graph.Node(operation, inputs, outputs, attributes);
        // Veltkamp's splitting: the first 24 - 13 digits of a number, with float32 alone.
        string name = outputs[0], exact = _graph.Node(operation, inputs, [$"{name}.exact"], attributes);
        string factor = _graph.Weight("split", [], [(1 << 13) + 1], GraphWriter.Float);
        string large = _graph.Node("Mul", [exact, factor], [$"{name}.large"]);
        return _graph.Node("Sub", [large, _graph.Node("Sub", [large, exact], [$"{name}.rest"])], [name]);
    }

    /// <summary>0, 1 and so on, as many as a length says.</summary>
    private string Range(string length)
    {
        string name = $"range.{length}";
        return _ranges.Add(length) ? _graph.Node("Range", [_graph.Integer(0), length, _graph.Integer(1)], [name]) : name;
    }

    /// <summary>Adds the last half of a layer to the residual, and gives its norm.</summary>
    private string Norm(string name, float[] values)
    {
        string weight = Weight($"{name}.weight", [values.Length], values);
        if (_form.Norm == NormForm.Skip && _update is not null)
        {
            string sum = $"{name}.residual";
            Node(
                "SkipSimplifiedLayerNormalization", [_residual, _update, weight], [name, "", "", sum], ("epsilon", _a.Epsilon));
            _residual = sum;
            return name;
        }

        if (_update is not null)
            _residual = Node("Add", [_residual, _update], [$"{name}.residual"]);
        if (_form.Norm != NormForm.Decomposed)
        {
            return Node(
                "SimplifiedLayerNormalization", [_residual, weight], [name], ("axis", -1), ("epsilon", _a.Epsilon), ("stash_type", 1));
        }

        // Exporters compute the mean of squares in 32 bits, in which it does not overflow.
        bool cast = _form.Type != GraphWriter.Float;
        string x = cast ? Node("Cast", [_residual], [$"{name}.single"], ("to", GraphWriter.Float)) : _residual;
        string squares = Node("Mul", [x, x], [$"{name}.squares"]);
        string mean = Node("ReduceMean", [squares], [$"{name}.mean"], ("axes", (int[])[-1]), ("keepdims", 1));
        string epsilon = _graph.Weight("epsilon", [], [_a.Epsilon], GraphWriter.Float);
        string root = Node("Sqrt", [Node("Add", [mean, epsilon], [$"{name}.above"])], [$"{name}.root"]);
        string normed = Node("Div", [x, root], [$"{name}.normed"]);
        normed = cast ? Node("Cast", [normed], [$"{name}.cast"], ("to", _form.Type)) : normed;
        return Node("Mul", [weight, normed], [name]);
    }

    private string Product(string x, string name, Matrix matrix)
    {
        switch (_form.Product)
        {
            case ProductForm.Gemm:
                string flat = Node("Reshape", [x, _graph.Integers(-1, matrix.Rows)], [$"{name}.flat"]);
                string product = Node("Gemm", [flat, Weight($"{name}.weight", matrix.Transposed())], [$"{name}.rows"], ("transB", 1));
                string shape = Node("Concat", ["shape", _graph.Integers(matrix.Columns)], [$"{name}.shape"], ("axis", 0));
                return Node("Reshape", [product, shape], [name]);
            case ProductForm.Halves:
                int half = matrix.Rows / 2;
                Node(
                    "Split", [x, _graph.Integers(half, matrix.Rows - half)], [$"{name}.first", $"{name}.second"], ("axis", -1));
                string first = Weight($"{name}.weight.first", matrix.TakeRows([.. Enumerable.Range(0, half)]));
                string second = Weight($"{name}.weight.second", matrix.TakeRows([.. Enumerable.Range(half, matrix.Rows - half)]));
                return Node(
                    "Add",
                    [
                        Node("MatMul", [$"{name}.second", second], [$"{name}.product.second"]),
                        Node("MatMul", [$"{name}.first", first], [$"{name}.product.first"]),
                    ],
                    [name]);
            default:
                return Node("MatMul", [x, Weight($"{name}.weight", matrix)], [name]);
        }
    }

    private string Active(string gate)
    {
        string name = $"{gate}.active";
        return (_a.Activation, _form.Activation) switch
        {
            (Activation.Silu, ActivationForm.Usual) =>
                Node("Mul", [gate, Node("Sigmoid", [gate], [$"{gate}.sigmoid"])], [name]),
            (Activation.Silu, _) => Node(
                "Div",
                [
                    gate,
                    Node(
                        "Add",
                        [Scalar(1), Node("Exp", [Node("Neg", [gate], [$"{gate}.negative"])], [$"{gate}.power"])],
                        [$"{gate}.divisor"]),
                ],
                [name]),
            (Activation.Gelu, ActivationForm.Usual) => Node("Gelu", [gate], [name]),
            (Activation.Gelu, _) => Gelu(gate, name, Node(
                "Erf", [Node("Mul", [gate, Scalar(MathF.Sqrt(0.5f))], [$"{gate}.root"])], [$"{gate}.erf"])),
            (_, ActivationForm.Usual) => Node("FastGelu", [gate], [name]),
            _ => Gelu(gate, name, Tanh(gate)),
        };
    }

    private string Tanh(string gate)
    {
        string cube = Node("Mul", [Node("Mul", [gate, gate], [$"{gate}.square"]), gate], [$"{gate}.cube"]);
        string bent = Node("Add", [gate, Node("Mul", [cube, Scalar(0.044715f)], [$"{gate}.small"])], [$"{gate}.bent"]);
        return Node(
            "Tanh", [Node("Mul", [bent, Scalar(MathF.Sqrt(2 / MathF.PI))], [$"{gate}.inner"])], [$"{gate}.tanh"]);
    }

    /// <summary>x / 2 (1 + share).</summary>
    private string Gelu(string gate, string name, string share) => Node(
        "Mul",
        [
            Node("Mul", [gate, Scalar(0.5f)], [$"{gate}.half"]),
            Node("Add", [share, Scalar(1)], [$"{gate}.share"]),
        ],
        [name]);
}
