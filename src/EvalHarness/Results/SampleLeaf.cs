using System.Buffers;
using System.Text;
using Parquet;
using Parquet.Schema;

namespace EvalHarness.Results;

/// <summary>The values of a column, or of one field of its structs, for a block of rows, until they are written.</summary>
/// <typeparam name="T">long, double, bool or string.</typeparam>
/// <param name="field">The leaf in the schema.</param>
/// <remarks>
/// Source: Dremel's repetition and definition levels (Melnik et al. 2010), as the Parquet format's description of nested encoding has them.
/// </remarks>
internal sealed class SampleLeaf<T>(DataField field)
    where T : notnull
{
    private readonly ArrayBufferWriter<T> _values = new();
    private readonly ArrayBufferWriter<int> _definitions = new();
    private readonly ArrayBufferWriter<int> _repetitions = new();

    /// <param name="value">The next value.</param>
    /// <param name="repetition">The list that it goes on: 0 begins a row, 1 goes on its list, 2 a list in that.</param>
    internal void Add(T value, int repetition)
    {
        Append(_values, value);
        AddNothing(repetition, field.MaxDefinitionLevel);
    }

    /// <summary>A place without a value.</summary>
    /// <param name="repetition">As of a value.</param>
    /// <param name="definition">How many of the optional and repeated parts of the leaf's path are there.</param>
    internal void AddNothing(int repetition, int definition)
    {
        Append(_repetitions, repetition);
        Append(_definitions, definition);
    }

    private static void Append<TItem>(ArrayBufferWriter<TItem> items, TItem item)
    {
        items.GetSpan(1)[0] = item;
        items.Advance(1);
    }

    internal Task WriteAsync(ParquetRowGroupWriter group, CancellationToken cancellationToken) => this switch
    {
        SampleLeaf<string> texts => WriteTextsAsync(group, texts._values.WrittenSpan, cancellationToken),
        SampleLeaf<long> numbers => WriteAsync(group, field, numbers._values.WrittenMemory, cancellationToken),
        SampleLeaf<double> numbers => WriteAsync(group, field, numbers._values.WrittenMemory, cancellationToken),
        SampleLeaf<bool> flags => WriteAsync(group, field, flags._values.WrittenMemory, cancellationToken),
        _ => throw new NotSupportedException($"{field.Path} has values of the type {typeof(T)}, which no sample has"),
    };

    private Task WriteTextsAsync(ParquetRowGroupWriter group, ReadOnlySpan<string> texts, CancellationToken cancellationToken)
    {
        if (LongTexts.Any(texts))
        {
            var bytes = new ReadOnlyMemory<byte>[texts.Length];
            for (int i = 0; i < bytes.Length; i++)
                bytes[i] = Encoding.UTF8.GetBytes(texts[i]);
            return WriteAsync<ReadOnlyMemory<byte>>(group, SampleSchema.AsBytes(field), bytes, cancellationToken);
        }

        var characters = new ReadOnlyMemory<char>[texts.Length];
        for (int i = 0; i < characters.Length; i++)
            characters[i] = texts[i].AsMemory();
        return WriteAsync<ReadOnlyMemory<char>>(group, field, characters, cancellationToken);
    }

    private Task WriteAsync<TStored>(
        ParquetRowGroupWriter group, DataField stored, ReadOnlyMemory<TStored> values, CancellationToken cancellationToken)
        where TStored : struct =>
        stored.MaxDefinitionLevel == 0
            ? group.WriteAsync(stored, values, null, null, cancellationToken)
            : group.WriteAllPartsAsync(
                stored,
                values,
                _definitions.WrittenMemory,
                stored.MaxRepetitionLevel == 0 ? null : _repetitions.WrittenMemory,
                cancellationToken);
}

/// <summary>
/// Texts that are written as bytes. Parquet.Net puts the smallest and the largest text of each row group into the footer, twice each and in
/// their full length, so that the footer of long texts has a tenth of the file; of bytes it puts none there.
/// </summary>
internal static class LongTexts
{
    private const int Longest = 1_024;

    /// <returns>Whether a text has more characters than are good for a footer.</returns>
    internal static bool Any(ReadOnlySpan<string> texts)
    {
        foreach (string text in texts)
        {
            if (text.Length > Longest)
                return true;
        }

        return false;
    }
}
