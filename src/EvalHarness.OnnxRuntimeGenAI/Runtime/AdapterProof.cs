using System.Globalization;
using System.Numerics.Tensors;
using EvalHarness.OnnxRuntimeGenAI.Inspection;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Runtime;

/// <summary>
/// What an adapter does to the logits of a probe text. Scores of an adapter that the runtime left out would be the base's, and nothing else
/// would show it.
/// </summary>
/// <param name="Moves">Whether the logits differ from the base's.</param>
/// <param name="Line">One line for the user.</param>
internal sealed record AdapterProof(bool Moves, string Line)
{
    private const int BufferBytes = 1 << 16;

    /// <param name="model">The base.</param>
    /// <param name="adapter">Loaded on it.</param>
    /// <param name="file">The adapter's file.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: no adapter changes what the model computes.</exception>
    /// <exception cref="OnnxRuntimeGenAIException">The model does not compute with the adapter.</exception>
    internal static AdapterProof Of(LoadedModel model, LoadedAdapter adapter, AdapterFile file)
    {
        float[] plain = Logits(model, adapter: null);
        // A device need not give the same bits twice.
        float noise = Difference(plain, Logits(model, adapter: null));
        RequireFinite(plain, $"--adapter {file.Path}: the model's logits are not finite without it already");
        float[] adapted = Logits(model, adapter);
        RequireFinite(adapted, $"--adapter {file.Path}: the model's logits are not finite with it");
        float moved = Difference(plain, adapted);

        float largest = Math.Abs(TensorPrimitives.MaxMagnitude<float>(plain));
        if (moved > noise)
        {
            return new AdapterProof(true, string.Create(
                CultureInfo.InvariantCulture,
                $"adapter {file.Name}: moves the logits after a probe text by up to {moved:0.0###} (the largest is {largest:0.0})"));
        }

        // An adapter may really change nothing. Then one with the same matrices and other values does, unless it is not used at all.
        string twin = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            WriteTwin(file, twin);
            using LoadedAdapter loud = LoadedAdapter.Load(model.Model, twin, file);
            // Logits that are no numbers have changed too.
            return !(Difference(plain, Logits(model, loud)) <= noise)
                ? new AdapterProof(
                    false,
                    $"adapter {file.Name}: changes nothing after a probe text, where the same matrices with other values do; "
                    + "its answers may all be the base's")
                : throw new EvalException(
                    ExitCode.Model,
                    $"--adapter {file.Path}: the model computes the same numbers with it as without it, and with any other values of its "
                    + "matrices too: they take no part in what the graph computes; expected an adapter whose inputs the graph uses");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EvalException(
                ExitCode.Output,
                $"{twin}: a copy of the adapter, to see whether the model uses it, cannot be written: {EvalException.OneLine(e.Message)}; "
                + "make room, or choose another temporary folder (TMPDIR, on Windows TEMP)",
                e);
        }
        finally
        {
            File.Delete(twin);
        }
    }

    private static void RequireFinite(float[] row, string problem)
    {
        if (!TensorPrimitives.IsFiniteAll<float>(row))
            throw new EvalException(ExitCode.Model, $"{problem}; expected numbers; see doctor --model");
    }

    private static float[] Logits(LoadedModel model, LoadedAdapter? adapter)
    {
        int[] tokens = Capabilities.ProbeTokens(model.Config, model.Tokenizer);
        using var session = new ModelSession(new GeneratorSource(model.Model, adapter), model.Config, tokens.Length + 1);
        session.Append(tokens);
        return session.ReadRows().Last.ToArray();
    }

    private static float Difference(float[] row, float[] other)
    {
        float[] difference = new float[row.Length];
        TensorPrimitives.Subtract(row, other, difference);
        return Math.Abs(TensorPrimitives.MaxMagnitude<float>(difference));
    }

    /// <summary>Writes the adapter with small values of both signs in the place of its own.</summary>
    private static void WriteTwin(AdapterFile file, string path)
    {
        File.Copy(file.Path, path);
        File.SetAttributes(path, FileAttributes.Normal);
        using FileStream stream = File.OpenWrite(path);
        foreach (AdapterParameter parameter in file.Parameters)
        {
            int size = Math.Max(1, parameter.Tensor.Type.Bits / 8);
            byte[] pattern = new byte[BufferBytes / size * size];
            for (int i = 0; i + size <= pattern.Length; i += size)
                Value(parameter.Tensor.ElementType, i / size).CopyTo(pattern, i);
            stream.Position = parameter.First;
            for (long left = parameter.Bytes; left > 0; left -= pattern.Length)
                stream.Write(pattern, 0, (int)Math.Min(left, pattern.Length));
        }
    }

    private static byte[] Value(int elementType, int index)
    {
        // Thirteen values whose order has nothing to do with rows and columns.
        float value = 0.01f * (((index * 7919L) % 13) - 6);
        return elementType switch
        {
            1 => BitConverter.GetBytes(value),
            10 => BitConverter.GetBytes((Half)value),
            11 => BitConverter.GetBytes((double)value),
            16 => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)),
            _ => [(byte)(1 + (index % 3))],
        };
    }
}
