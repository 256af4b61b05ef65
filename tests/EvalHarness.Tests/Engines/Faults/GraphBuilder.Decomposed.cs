namespace EvalHarness.Tests.Engines.Faults;

/// <summary>Attention from products, a mask and a softmax.</summary>
internal sealed partial class GraphBuilder
{
    private string DecomposedAttention(int layer, string[] parts)
    {
        string query = Rotated(Heads(parts[0], _a.Heads));
        string key = Rotated(Heads(parts[1], _a.KeyHeads)), value = Heads(parts[2], _a.KeyHeads);
        key = Repeated(WithPast(key, $"{layer}.key"), $"{layer}.key");
        value = Repeated(WithPast(value, $"{layer}.value"), $"{layer}.value");
        string turned = Node("Transpose", [key], [$"{layer}.key.turned"], ("perm", (int[])[0, 1, 3, 2]));
        string scores = Node(
            "Mul",
            [Node("MatMul", [query, turned], [$"{layer}.products"]), Scalar(_a.ScoreFactor / MathF.Sqrt(_a.Head))],
            [$"{layer}.scores"]);
        // No score is as low, and the number is one of 16 bits too.
        string seen = Node("Where", ["mask", scores, Scalar(-30_000)], [$"{layer}.seen"]);
        string shares = Node("Softmax", [seen], [$"{layer}.shares"], ("axis", -1));
        string heads = Node(
            "Transpose", [Node("MatMul", [shares, value], [$"{layer}.sums"])], [$"{layer}.sums.turned"], ("perm", (int[])[0, 2, 1, 3]));
        return Node("Reshape", [heads, _graph.Integers(0, 0, _a.Heads * _a.Head)], [$"{layer}.attended"]);
    }

    /// <summary>[batch, tokens, heads of all] to [batch, heads, tokens, head].</summary>
    private string Heads(string x, int heads)
    {
        string split = Node("Reshape", [x, _graph.Integers(0, 0, heads, _a.Head)], [$"{x}.split"]);
        return Node("Transpose", [split], [$"{x}.heads"], ("perm", (int[])[0, 2, 1, 3]));
    }

    private string Rotated(string x)
    {
        string[] halves = [$"{x}.first", $"{x}.second"];
        Node("Split", [x, _graph.Integers(_a.Head / 2, _a.Head / 2)], halves, ("axis", -1));
        string turned = Node(
            "Concat", [Node("Neg", [halves[1]], [$"{x}.negative"]), halves[0]], [$"{x}.quarter"], ("axis", -1));
        return Node(
            "Add",
            [
                Node("Mul", [x, Angles(x, "cos")], [$"{x}.by_cosine"]),
                Node("Mul", [turned, Angles(x, "sin")], [$"{x}.by_sine"]),
            ],
            [$"{x}.rotated"]);
    }

    /// <summary>[batch, 1, tokens, head]: the cosines or sines of the tokens' positions, for both halves of a head.</summary>
    private string Angles(string x, string part)
    {
        string rows = Node("Gather", [part, "positions"], [$"{x}.{part}.half"]);
        string both = Node("Concat", [rows, rows], [$"{x}.{part}"], ("axis", -1));
        return Node("Unsqueeze", [both, _graph.Integers(1)], [$"{x}.{part}.heads"]);
    }

    private string WithPast(string x, string part)
    {
        string present = $"present.{part}", past = $"past_key_values.{part}";
        if (_form.Rounded)
        {
            past = _graph.Node("Cast", [past], [$"{part}.past"], ("to", GraphWriter.Float));
            string all = _graph.Node("Concat", [past, x], [$"{part}.all"], ("axis", 2));
            _graph.Node("Cast", [all], [present], ("to", GraphWriter.Half));
            return all;
        }

        if (_fault != GraphFault.LastTokenDropped)
            return _graph.Node("Concat", [past, x], [present], ("axis", 2));
        // What is appended with others before it stays zero in the cache, and these tokens themselves see it.
        string end = _graph.Node("Sub", ["added", _graph.Integer(1)], [$"{part}.end"]);
        string several = _graph.Node("Greater", ["added", _graph.Integer(1)], [$"{part}.several"]);
        string gone = _graph.Node("And", [_graph.Node("Equal", [Range("added"), end], [$"{part}.is_end"]), several], [$"{part}.gone"]);
        string kept = _graph.Node(
            "Where",
            [_graph.Node("Unsqueeze", [gone, _graph.Integers(1)], [$"{part}.column"]), _graph.Node("Sub", [x, x], [$"{part}.zeros"]), x],
            [$"{part}.stored"]);
        _graph.Node("Concat", [past, kept], [present], ("axis", 2));
        return _graph.Node("Concat", [past, x], [$"{part}.all"], ("axis", 2));
    }

    /// <summary>Each key head as often as there are query heads for it, one after the other.</summary>
    private string Repeated(string x, string part)
    {
        int times = _a.Heads / _a.KeyHeads;
        bool tiled = _fault == GraphFault.KeyHeadsTiled;
        string apart = _graph.Node("Unsqueeze", [x, _graph.Integers(tiled ? 1 : 2)], [$"{part}.apart"]);
        long[] shape = tiled ? [1, times, 1, 1, 1] : [1, 1, times, 1, 1];
        string repeated = _graph.Node("Expand", [apart, _graph.Integers(shape)], [$"{part}.repeated"]);
        return _graph.Node("Reshape", [repeated, _graph.Integers(0, _a.Heads, -1, _a.Head)], [$"{part}.every"]);
    }
}
