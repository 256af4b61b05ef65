using Parquet.Data;
using Parquet.Schema;

namespace EvalHarness.Results;

/// <summary>A column of a row group, or one field of its structs, as it lies in the file, with the levels of Dremel's encoding.</summary>
/// <remarks>Parquet.Net's own readers of records leave nulls out of lists, which moves what follows them.</remarks>
internal sealed class StoredLeaf(DataField stored, RawColumnData data) : IDisposable
{
    internal string Name => stored.Name;

    /// <summary>The definition level of a place that has a value.</summary>
    internal int Whole => stored.MaxDefinitionLevel;

    /// <summary>Whether an element that is there may be null.</summary>
    internal bool IsNullable => stored.IsNullable;

    /// <summary>By place; none where every place has a value.</summary>
    internal ReadOnlySpan<int> Definitions => stored.MaxDefinitionLevel > 0 ? data.DefinitionLevels : [];

    /// <summary>By place; none where each row has one.</summary>
    internal ReadOnlySpan<int> Repetitions => stored.MaxRepetitionLevel > 0 ? data.RepetitionLevels : [];

    /// <summary>Those that are there, one after the other.</summary>
    /// <exception cref="InvalidDataException">The file has values of another kind.</exception>
    internal ReadOnlySpan<T> Values<T>()
        where T : struct =>
        data is RawColumnData<T> column
            ? column.Values
            : throw new InvalidDataException($"column {stored.Path}: expected {typeof(T)}, the file has {stored.ClrType}");

    public void Dispose() => data.Dispose();
}
