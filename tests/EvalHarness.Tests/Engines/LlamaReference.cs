using System.Runtime.InteropServices;

namespace EvalHarness.Tests.Engines;

/// <summary>
/// A Llama in plain float32 loops, one token after the other, over a checkpoint in llama2.c's first format: the same weights as
/// the ONNX folders, none of their code.
/// </summary>
/// <remarks>
/// Source: Touvron et al. 2023 (RMSNorm, SwiGLU), Su et al. 2021 (rotary positions, neighbouring pairs), Ainslie et al. 2023
/// (query heads share key-value heads). The file: seven int32 (width, feed-forward width, layers, heads, key-value heads, vocabulary,
/// positions), then float32 matrices, output by input, all layers of a kind together; the embedding is the classifier too.
/// </remarks>
internal sealed class LlamaReference
{
    private const float Epsilon = 1e-5f;

    private readonly float[] _values;
    private readonly int _width, _hidden, _layers, _heads, _keyHeads, _vocabulary, _head;
    private readonly int _embedding, _attentionNorm, _query, _key, _value, _output, _hiddenNorm, _gate, _down, _up, _finalNorm;

    internal LlamaReference(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        ReadOnlySpan<int> header = MemoryMarshal.Cast<byte, int>(bytes.AsSpan(0, 28));
        (_width, _hidden, _layers, _heads, _keyHeads, _vocabulary) = (header[0], header[1], header[2], header[3], header[4], header[5]);
        _head = _width / _heads;
        _values = MemoryMarshal.Cast<byte, float>(bytes.AsSpan(28)).ToArray();
        int at = 0;
        int Take(int count)
        {
            at += count;
            return at - count;
        }

        int keys = _keyHeads * _head;
        _embedding = Take(_vocabulary * _width);
        _attentionNorm = Take(_layers * _width);
        _query = Take(_layers * _width * _width);
        _key = Take(_layers * keys * _width);
        _value = Take(_layers * keys * _width);
        _output = Take(_layers * _width * _width);
        _hiddenNorm = Take(_layers * _width);
        _gate = Take(_layers * _hidden * _width);
        _down = Take(_layers * _width * _hidden);
        _up = Take(_layers * _hidden * _width);
        _finalNorm = Take(_width);
    }

    /// <summary>Logits after each token, [tokens][vocabulary].</summary>
    internal float[][] Logits(IEnumerable<int> tokens)
    {
        var sequence = new Sequence(_layers);
        return [.. tokens.Select(token => Next(sequence, token))];
    }

    /// <summary>The keys and values of a sequence's tokens so far, by layer.</summary>
    internal sealed class Sequence(int layers)
    {
        internal List<float[]>[] Keys { get; } = [.. Enumerable.Range(0, layers).Select(_ => new List<float[]>())];

        internal List<float[]>[] Values { get; } = [.. Enumerable.Range(0, layers).Select(_ => new List<float[]>())];
    }

    internal Sequence NewSequence() => new(_layers);

    /// <summary>Logits after one more token, [vocabulary].</summary>
    internal float[] Next(Sequence sequence, int token)
    {
        int keys = _keyHeads * _head, position = sequence.Keys[0].Count;
        float[] x = _values.AsSpan(_embedding + (token * _width), _width).ToArray();
        for (int layer = 0; layer < _layers; layer++)
        {
            float[] normed = Norm(x, _attentionNorm + (layer * _width));
            float[] query = Rotate(Multiply(_query + (layer * _width * _width), _width, normed), position);
            sequence.Keys[layer].Add(Rotate(Multiply(_key + (layer * keys * _width), keys, normed), position));
            sequence.Values[layer].Add(Multiply(_value + (layer * keys * _width), keys, normed));
            Add(x, Multiply(_output + (layer * _width * _width), _width, Attend(query, sequence.Keys[layer], sequence.Values[layer])));
            normed = Norm(x, _hiddenNorm + (layer * _width));
            float[] gate = Multiply(_gate + (layer * _hidden * _width), _hidden, normed),
                up = Multiply(_up + (layer * _hidden * _width), _hidden, normed);
            for (int i = 0; i < _hidden; i++)
                gate[i] = gate[i] / (1 + MathF.Exp(-gate[i])) * up[i];
            Add(x, Multiply(_down + (layer * _width * _hidden), _width, gate));
        }

        return Multiply(_embedding, _vocabulary, Norm(x, _finalNorm));
    }

    private float[] Attend(float[] query, List<float[]> keys, List<float[]> values)
    {
        float[] mixed = new float[_width];
        for (int head = 0; head < _heads; head++)
        {
            int own = head * _head, shared = head / (_heads / _keyHeads) * _head;
            float[] weights = new float[keys.Count];
            for (int t = 0; t < keys.Count; t++)
            {
                float dot = 0;
                for (int i = 0; i < _head; i++)
                    dot += query[own + i] * keys[t][shared + i];
                weights[t] = dot / MathF.Sqrt(_head);
            }

            float max = weights.Max(), sum = 0;
            for (int t = 0; t < keys.Count; t++)
                sum += weights[t] = MathF.Exp(weights[t] - max);
            for (int t = 0; t < keys.Count; t++)
            {
                for (int i = 0; i < _head; i++)
                    mixed[own + i] += weights[t] / sum * values[t][shared + i];
            }
        }

        return mixed;
    }

    private float[] Rotate(float[] vector, int position)
    {
        for (int i = 0; i < vector.Length; i += 2)
        {
            float angle = position * (float)Math.Pow(10_000, -(double)(i % _head) / _head);
            (float sin, float cos) = MathF.SinCos(angle);
            (vector[i], vector[i + 1]) = ((vector[i] * cos) - (vector[i + 1] * sin), (vector[i] * sin) + (vector[i + 1] * cos));
        }

        return vector;
    }

    private float[] Norm(float[] x, int weight)
    {
        float squares = 0;
        foreach (float value in x)
            squares += value * value;
        float scale = 1 / MathF.Sqrt((squares / x.Length) + Epsilon);
        return [.. x.Select((value, i) => _values[weight + i] * (value * scale))];
    }

    private float[] Multiply(int matrix, int rows, float[] x)
    {
        float[] result = new float[rows];
        for (int row = 0; row < rows; row++)
        {
            float sum = 0;
            for (int column = 0; column < x.Length; column++)
                sum += _values[matrix + (row * x.Length) + column] * x[column];
            result[row] = sum;
        }

        return result;
    }

    private static void Add(float[] x, float[] y)
    {
        for (int i = 0; i < x.Length; i++)
            x[i] += y[i];
    }
}
