namespace EvalHarness.Tests.Engines.Faults;

/// <summary>A model's graph for ONNX Runtime GenAI in one of the forms that exporters choose, with the mistake asked for.</summary>
internal sealed partial class GraphBuilder
{
    private readonly GraphWriter _graph = new();
    private readonly HashSet<string> _ranges = [];
    private readonly Architecture _a;
    private readonly ModelWeights _weights;
    private readonly GraphForm _form;
    private readonly GraphFault _fault;
    private string _residual;
    private string? _update;

    private GraphBuilder(Architecture architecture, ModelWeights weights, GraphForm form, GraphFault fault)
    {
        (_a, _weights, _form, _fault) = (architecture, weights, form, fault);
        Weight("embedding", _weights.Embedding);
        _residual = _graph.Node("Gather", ["embedding", "input_ids"], ["embedded"]);
    }

    internal static GraphWriter Build(Architecture architecture, ModelWeights weights, GraphForm form, GraphFault fault)
    {
        var builder = new GraphBuilder(architecture, weights, form, fault);
        builder.Lengths();
        builder.Rotation();
        for (int layer = 0; layer < architecture.Layers; layer++)
            builder.Layer(layer, weights.Layers[layer]);
        builder.Logits();
        builder.Values();
        return builder._graph;
    }

    private void Layer(int layer, LayerWeights w)
    {
        bool leftOut = _fault == GraphFault.LayerLeftOut && layer == _a.Layers - 1;
        string attended = Product(
            Attention(layer, w, Norm($"{layer}.attention_norm", w.AttentionNorm)), $"{layer}.output", w.Output);
        // The layer's keys and values are outputs of the graph in any case.
        _update = leftOut ? null : attended;
        string y = FeedForward(layer, w, Norm($"{layer}.feed_forward_norm", w.FeedForwardNorm));
        _update = leftOut ? null : _fault switch
        {
            GraphFault.LoneTokensScaled when layer == 0 => ScaledIf(_graph.Node("Equal", ["added", _graph.Integer(1)], ["lone"]), y),
            GraphFault.LongAppendsScaled when layer == 0 => ScaledIf(_graph.Node("Greater", ["added", _graph.Integer(48)], ["long"]), y),
            _ => y,
        };
    }

    private string ScaledIf(string condition, string x)
    {
        string factor = _graph.Node("Where", [condition, Scalar(1.01f), Scalar(1)], [$"{condition}.factor"]);
        return Node("Mul", [x, factor], [$"{condition}.scaled"]);
    }

    private string FeedForward(int layer, LayerWeights w, string x)
    {
        string gate, up;
        if (_form.Joined)
        {
            string both = Product(x, $"{layer}.gate_up", Matrix.Beside(w.Gate, w.Up));
            (gate, up) = ($"{layer}.gate.part", $"{layer}.up.part");
            _graph.Node("Split", [both, _graph.Integers(w.Gate.Columns, w.Up.Columns)], [gate, up], ("axis", -1));
        }
        else
        {
            (gate, up) = (Product(x, $"{layer}.gate", w.Gate), Product(x, $"{layer}.up", w.Up));
        }

        return Product(Node("Mul", [Active(gate), up], [$"{layer}.gated"]), $"{layer}.down", w.Down);
    }

    private void Logits()
    {
        string x = Norm("norm", _weights.FinalNorm);
        string logits = _a.Tied && _form.Product == ProductForm.MatMul
            ? Node("MatMul", [x, _graph.Node("Transpose", ["embedding"], ["classifier"], ("perm", (int[])[1, 0]))], ["scores"])
            : Product(x, "classifier", _weights.Classifier);
        logits = FaultyLogits(logits);
        if (_form.Rounded)
            _graph.Node("Cast", [logits], ["logits"], ("to", GraphWriter.Half));
        else
            _graph.Node("Identity", [logits], ["logits"]);
    }

    private string FaultyLogits(string logits)
    {
        switch (_fault)
        {
            case GraphFault.RowBefore:
                string before = _graph.Node("Sub", [Range("added"), _graph.Integer(1)], ["rows_before"]);
                return _graph.Node(
                    "Gather", [logits, _graph.Node("Max", [before, _graph.Integer(0)], ["rows"])], ["moved"], ("axis", 1));
            case GraphFault.ConstantLogits:
                float[] constant = [.. Enumerable.Range(0, _a.Vocabulary).Select(i => MathF.Sin(i))];
                string none = _graph.Node("Sub", [logits, logits], ["nothing"]);
                return _graph.Node("Add", [none, Weight("constant", [_a.Vocabulary], constant)], ["same"]);
            case GraphFault.RowsOfFirst:
                string rows = _graph.Node("Gather", ["shape", _graph.Integers(0)], ["batch_size"]);
                return _graph.Node(
                    "Gather", [logits, _graph.Node("Expand", [_graph.Integers(0), rows], ["firsts"])], ["repeated"], ("axis", 0));
            default:
                return logits;
        }
    }

    private void Values()
    {
        int cache = _form.CacheStep is null ? _form.Type : GraphWriter.Int8;
        _graph.Input("input_ids", GraphWriter.Int64, "batch", "tokens");
        _graph.Input("attention_mask", GraphWriter.Int64, "batch", "total");
        _graph.Output("logits", _form.Type, "batch", "tokens", _a.Vocabulary);
        foreach (string part in Enumerable.Range(0, _a.Layers).SelectMany(layer => (string[])[$"{layer}.key", $"{layer}.value"]))
        {
            _graph.Input($"past_key_values.{part}", cache, "batch", _a.KeyHeads, "past", _a.Head);
            _graph.Output($"present.{part}", cache, "batch", _a.KeyHeads, "length", _a.Head);
        }
    }
}
