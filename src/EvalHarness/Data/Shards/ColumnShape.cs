namespace EvalHarness.Data.Shards;

/// <summary>What the values of a field are, as its schema says, whoever reads them.</summary>
/// <remarks>Source: Apache Parquet, LogicalTypes.md, "Lists", "Maps" and "Backward-compatibility rules".</remarks>
internal abstract record ColumnShape
{
    internal static ColumnShape Of(ShardField field) => field.Repetition == FieldRepetition.Repeated
        // Without an annotation, what is repeated is a list that is never null.
        ? new ListShape(Single(field), field.Definition - 1, field.Definition, field.RepetitionLevel)
        : Single(field);

    private static ColumnShape Single(ShardField field)
    {
        if (field.Column is { } column)
            return new ValueShape(column);
        if (field.Fields is [{ Repetition: FieldRepetition.Repeated } repeated])
        {
            switch (field.Group)
            {
                case GroupKind.Map when repeated.Fields is [var key, var value]:
                    return new MapShape(Of(key), Of(value), field.Definition, repeated.Definition, repeated.RepetitionLevel);
                case GroupKind.List or GroupKind.Map:
                    ColumnShape item = IsItem(field, repeated) ? Single(repeated) : Of(repeated.Fields[0]);
                    return new ListShape(item, field.Definition, repeated.Definition, repeated.RepetitionLevel);
            }
        }

        return new StructShape(
            new RowNames([.. field.Fields.Select(member => member.Name)]), [.. field.Fields.Select(Of)], field.Definition);
    }

    /// <summary>Whether the repeated field is itself the item, as in lists of two levels, instead of a group around it.</summary>
    internal static bool IsItem(ShardField list, ShardField repeated) =>
        repeated.Fields is not [var only]
        || only.Repetition == FieldRepetition.Repeated
        || repeated.Name == "array"
        || repeated.Name == $"{list.Name}_tuple";
}

internal sealed record ValueShape(ShardColumn Column) : ColumnShape;

/// <param name="Names">The names of the members.</param>
/// <param name="Members">The members.</param>
/// <param name="Definition">The definition level at which the struct is there.</param>
internal sealed record StructShape(RowNames Names, IReadOnlyList<ColumnShape> Members, int Definition) : ColumnShape;

/// <param name="Item">The items.</param>
/// <param name="Definition">The definition level at which the list is there; at a lower one it is null.</param>
/// <param name="ItemDefinition">The definition level at which the list has an item; at a lower one it is empty.</param>
/// <param name="Repetition">The repetition level of an item that is not the first one.</param>
internal sealed record ListShape(ColumnShape Item, int Definition, int ItemDefinition, int Repetition) : ColumnShape;

/// <summary>A map, which is a list of structs of a key and a value, with the levels of a list.</summary>
internal sealed record MapShape(ColumnShape Key, ColumnShape Value, int Definition, int ItemDefinition, int Repetition) : ColumnShape;
