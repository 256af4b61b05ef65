using System.Runtime.InteropServices;
using System.Text;

namespace EvalHarness.Tests.Adapters;

/// <summary>A matrix of an adapter.</summary>
/// <param name="Name">The input of the graph that it is for.</param>
/// <param name="Shape">Rows and columns.</param>
/// <param name="Values">Row after row.</param>
internal sealed record AdapterMatrix(string Name, long[] Shape, float[] Values)
{
    /// <summary>A number of TensorProto.DataType.</summary>
    internal int Type { get; init; } = 1;
}

/// <summary>Writes adapters as ONNX Runtime reads them, without its libraries.</summary>
/// <remarks>Source: onnxruntime, adapter_schema.fbs; flatbuffers.dev, "FlatBuffer Internals".</remarks>
internal sealed class AdapterWriter
{
    private readonly MemoryStream _bytes;

    private AdapterWriter(MemoryStream bytes) => _bytes = bytes;

    internal static byte[] Write(IReadOnlyList<AdapterMatrix> matrices)
    {
        using var bytes = new MemoryStream();
        new AdapterWriter(bytes).WriteFile(matrices);
        return bytes.ToArray();
    }

    internal static ReadOnlySpan<byte> Bytes(float[] values) => MemoryMarshal.AsBytes<float>(values);

    private void WriteFile(IReadOnlyList<AdapterMatrix> matrices)
    {
        Number(0);
        _bytes.Write("TORT"u8);
        long fields = Fields();
        Point(0);
        // The versions of the format, of the adapter and of the model, and the parameters.
        Table(fields, 1, 1, 1, 0);
        Point(_bytes.Position - 4);
        Number(matrices.Count);
        long slots = _bytes.Position;
        foreach (AdapterMatrix _ in matrices)
            Number(0);
        fields = Fields();
        for (int i = 0; i < matrices.Count; i++)
        {
            AdapterMatrix matrix = matrices[i];
            Align(4, 0);
            Point(slots + (4 * i));
            Table(fields, 0, 0, matrix.Type, 0);
            long end = _bytes.Position;
            Align(4, 0);
            Point(end - 16);
            Number(Encoding.UTF8.GetByteCount(matrix.Name));
            _bytes.Write(Encoding.UTF8.GetBytes(matrix.Name + "\0"));
            Align(8, 4);
            Point(end - 12);
            Number(matrix.Shape.Length);
            _bytes.Write(MemoryMarshal.AsBytes<long>(matrix.Shape));
            Align(8, 4);
            Point(end - 4);
            Number(4 * matrix.Values.Length);
            _bytes.Write(Bytes(matrix.Values));
        }
    }

    /// <summary>What says where the fields of a table with four of them stand: behind its first four bytes, one after the other.</summary>
    private long Fields()
    {
        long start = _bytes.Position;
        foreach (short size in (short[])[12, 20, 4, 8, 12, 16])
            _bytes.Write(BitConverter.GetBytes(size));
        return start;
    }

    private void Table(long fields, params int[] values)
    {
        Number((int)(_bytes.Position - fields));
        foreach (int value in values)
            Number(value);
    }

    private void Number(int value) => _bytes.Write(BitConverter.GetBytes(value));

    /// <summary>Writes the distance from a place to the end of the file so far into that place.</summary>
    private void Point(long place)
    {
        long end = _bytes.Position;
        _bytes.Position = place;
        Number((int)(end - place));
        _bytes.Position = end;
    }

    /// <summary>Fills up until the position is so many bytes above a multiple.</summary>
    private void Align(int multiple, int above)
    {
        while (_bytes.Position % multiple != above)
            _bytes.WriteByte(0);
    }
}
