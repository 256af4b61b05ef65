namespace EvalHarness.Tests.Engines.Faults;

/// <summary>Attention in each of its forms.</summary>
internal sealed partial class GraphBuilder
{
    /// <summary>
    /// The lengths that all forms need: of the batch and of what is added ("shape", "added"), of all tokens ("total"), and for the fused
    /// operator the index of each row's last token ("seqlens_k") and the number of columns ("total_sequence_length").
    /// </summary>
    private void Lengths()
    {
        _graph.Node("Shape", ["input_ids"], ["shape"]);
        _graph.Node("Gather", ["shape", _graph.Integer(1)], ["added"], ("axis", 0));
        _graph.Node("Shape", ["attention_mask"], ["mask_shape"]);
        _graph.Node("Gather", ["mask_shape", _graph.Integer(1)], ["total"], ("axis", 0));
        if (_form.Attention == AttentionForm.Decomposed)
            return;
        string held = _graph.Node("ReduceSum", ["attention_mask", _graph.Integers(1)], ["held"], ("keepdims", 0)), columns = "total";
        if (_fault == GraphFault.PaddingAttended)
            held = _graph.Node("Expand", ["total", _graph.Node("Shape", ["held"], ["held_shape"])], ["all"]);
        if (_fault == GraphFault.StaleCache)
            (held, columns) = Stale();
        string last = _graph.Node("Sub", [held, _graph.Integer(1)], ["last"]);
        _graph.Node("Cast", [last], ["seqlens_k"], ("to", GraphWriter.Int32));
        _graph.Node("Cast", [columns], ["total_sequence_length"], ("to", GraphWriter.Int32));
    }

    /// <summary>Counts the keys in the buffer that are not zero, and a rewind leaves those that it drops where they are.</summary>
    private (string Held, string Columns) Stale()
    {
        string size = _graph.Node(
            "ReduceSum", [_graph.Node("Abs", ["past_key_values.0.key"], ["sizes"]), _graph.Integers(1, 3)], ["size"], ("keepdims", 0));
        string used = _graph.Node("Cast", [_graph.Node("Greater", [size, Scalar(0)], ["is_used"])], ["used"], ("to", GraphWriter.Int64));
        string past = _graph.Node("ReduceSum", [used, _graph.Integers(1)], ["past_used"], ("keepdims", 0));
        string room = _graph.Node("Gather", [_graph.Node("Shape", ["past_key_values.0.key"], ["room_shape"]), _graph.Integer(2)], ["room"]);
        string held = _graph.Node("Min", [_graph.Node("Add", [past, "added"], ["unlimited"]), room], ["stale"]);
        return (held, _graph.Node("ReduceMax", [held], ["most"], ("keepdims", 0)));
    }

    /// <summary>Cosines and sines of each position, and where rotation is apart the positions of keys and of what is added.</summary>
    private void Rotation()
    {
        int rows = _a.Context + _form.FirstPosition + 1, columns = _a.Head / 2;
        foreach ((string name, Func<double, double> function) in ((string, Func<double, double>)[])[("cos", Math.Cos), ("sin", Math.Sin)])
        {
            Weight(name, Matrix.Of(rows, columns, (position, i) => (float)function(
                Math.Min(position, _a.LastAngle ?? position) / _a.Stretch * Math.Pow(_a.Theta, -2.0 * i / _a.Head))));
        }

        if (_form.Attention == AttentionForm.Fused)
            return;
        string count = _graph.Node("CumSum", ["attention_mask", _graph.Integer(1)], ["count"]);
        string key = _graph.Node("Add", [count, _graph.Integer(_form.FirstPosition - 1)], ["key_positions"]);
        string start = _graph.Node("Reshape", [_graph.Node("Neg", ["added"], ["minus"]), _graph.Integers(1)], ["start"]);
        _graph.Node("Slice", [key, start, _graph.Integers(int.MaxValue), _graph.Integers(1)], ["query_positions"]);
        _graph.Node("Greater", ["total", "added"], ["has_past"]);
        string late = _fault == GraphFault.PositionsLateAfterPrompt
            ? _graph.Node("Cast", ["has_past"], ["late"], ("to", GraphWriter.Int64))
            : _graph.Integer(0);
        _graph.Node("Add", ["query_positions", late], ["positions"]);
        if (_form.Attention == AttentionForm.Decomposed)
            Mask();
    }

    /// <summary>[batch, 1, added, total]: which keys each token that is added sees.</summary>
    private void Mask()
    {
        string key = _graph.Node("Unsqueeze", ["key_positions", _graph.Integers(1)], ["key_row"]);
        string query = _graph.Node("Unsqueeze", ["query_positions", _graph.Integers(2)], ["query_column"]);
        if (_fault == GraphFault.NotCausal)
            query = _graph.Node("Add", [query, _graph.Integer(1)], ["next"]);
        string real = _graph.Node("Cast", ["attention_mask"], ["real"], ("to", GraphWriter.Boolean));
        string seen = _graph.Node(
            "And",
            [_graph.Node("LessOrEqual", [key, query], ["before"]), _graph.Node("Unsqueeze", [real, _graph.Integers(1)], ["real_row"])],
            ["seen"]);
        if (_a.Window > 0)
        {
            string low = _graph.Node("Sub", [query, _graph.Integer(_a.Window)], ["low"]);
            seen = _graph.Node("And", [seen, _graph.Node("Greater", [key, low], ["near"])], ["seen_near"]);
        }

        if (_fault == GraphFault.FirstTokenDropped)
        {
            string first = _graph.Node("Equal", [Range("total"), _graph.Integer(0)], ["first"]);
            string kept = _graph.Node("Not", [_graph.Node("And", [first, "has_past"], ["gone"])], ["kept"]);
            seen = _graph.Node("And", [seen, kept], ["seen_kept"]);
        }

        _graph.Node("Unsqueeze", [seen, _graph.Integers(1)], ["mask"]);
    }

    private string Attention(int layer, LayerWeights w, string x)
    {
        string[] parts;
        if (_form.Joined)
        {
            string joined = Biased(
                Product(x, $"{layer}.query_key_value", Matrix.Beside(w.Query, w.Key, w.Value)),
                [.. w.QueryBias, .. w.KeyBias, .. w.ValueBias]);
            parts = [joined, "", ""];
            if (_form.Attention != AttentionForm.Fused)
            {
                parts = [$"{layer}.query.part", $"{layer}.key.part", $"{layer}.value.part"];
                _graph.Node("Split", [joined, _graph.Integers(w.Query.Columns, w.Key.Columns, w.Value.Columns)], parts, ("axis", -1));
            }
        }
        else
        {
            parts =
            [
                Biased(Product(x, $"{layer}.query", w.Query), w.QueryBias),
                Biased(Product(x, $"{layer}.key", w.Key), w.KeyBias),
                Biased(Product(x, $"{layer}.value", w.Value), w.ValueBias),
            ];
        }

        if (_form.Attention == AttentionForm.Decomposed)
            return DecomposedAttention(layer, parts);
        bool rotates = _form.Attention == AttentionForm.Fused;
        int interleaved = _fault == GraphFault.RotationInterleaved ? 1 : 0;
        if (!rotates)
        {
            for (int i = 0; i < 2; i++)
            {
                parts[i] = _graph.Node(
                    "RotaryEmbedding", [parts[i], "positions", "cos", "sin"], [$"{parts[i]}.rotated"], ("interleaved", interleaved));
            }
        }

        // Between the rotation and the steps of keys and values stand position ids, a bias and a sink.
        string[] step = _form.CacheStep is { } size
            ? ["", "", "", _graph.Weight("cache_step", [1], [size], GraphWriter.Float), "cache_step"]
            : [];
        (string, object)[] quantization = _form.CacheStep is null
            ? []
            : [("k_quant_type", "PER_TENSOR"), ("v_quant_type", "PER_TENSOR"), ("kv_cache_bit_width", 8)];
        string[] rotation = rotates ? ["cos", "sin"] : step.Length > 0 ? ["", ""] : [];
        return _graph.Node(
            "GroupQueryAttention",
            [
                .. parts, $"past_key_values.{layer}.key", $"past_key_values.{layer}.value", "seqlens_k", "total_sequence_length",
                .. rotation, .. step,
            ],
            [$"{layer}.attended", $"present.{layer}.key", $"present.{layer}.value"],
            [
                ("num_heads", _a.Heads), ("kv_num_heads", _a.KeyHeads), ("scale", _a.ScoreFactor / MathF.Sqrt(_a.Head)),
                ("do_rotary", rotates ? 1 : 0), ("rotary_interleaved", interleaved),
                ("local_window_size", _a.Window > 0 ? _a.Window : -1), .. quantization,
            ]);
    }

    private string Biased(string x, float[] bias) =>
        _a.Biases ? Node("Add", [x, Weight($"{x}.bias", [bias.Length], bias)], [$"{x}.biased"]) : x;
}
