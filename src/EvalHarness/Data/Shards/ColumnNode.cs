namespace EvalHarness.Data.Shards;

/// <summary>
/// Puts the values of a field together again from the entries of the columns in it. Each call of <see cref="Read"/> gives the next value.
/// </summary>
/// <param name="columns">The cursors of the columns in the field, which stand at entries of the same value.</param>
internal abstract class ColumnNode(IReadOnlyList<LevelCursor> columns)
{
    protected IReadOnlyList<LevelCursor> Columns => columns;

    /// <summary>The column whose levels tell about all.</summary>
    protected LevelCursor First { get; } = columns[0];

    internal static ColumnNode Of(ColumnShape shape, IReadOnlyDictionary<ShardColumn, LevelCursor> cursors) => shape switch
    {
        ValueShape value => new ValueNode(cursors[value.Column]),
        StructShape group => new StructNode(group, [.. group.Members.Select(member => Of(member, cursors))]),
        ListShape list => new ListNode(Of(list.Item, cursors), list.Definition, list.ItemDefinition, list.Repetition),
        MapShape map => new MapNode(
            new EntryNode(Of(map.Key, cursors), Of(map.Value, cursors)), map.Definition, map.ItemDefinition, map.Repetition),
        _ => throw new ArgumentException($"{shape} is no shape of a column."),
    };

    /// <summary>Puts rows together as they are read.</summary>
    /// <param name="nodes">The fields of a row.</param>
    /// <param name="count">The number of rows.</param>
    internal static IEnumerable<object?[]> Rows(IReadOnlyList<ColumnNode> nodes, long count)
    {
        for (long row = 0; row < count; row++)
        {
            object?[] values = new object?[nodes.Count];
            for (int i = 0; i < values.Length; i++)
                values[i] = nodes[i].Read();
            yield return values;
        }
    }

    internal abstract object? Read();

    /// <summary>Takes the one entry that each column has for a null or an empty list.</summary>
    protected void Skip()
    {
        foreach (LevelCursor column in columns)
            column.Take();
    }

    private sealed class ValueNode(LevelCursor column) : ColumnNode([column])
    {
        internal override object? Read() => First.Take();
    }

    private sealed class StructNode(StructShape shape, ColumnNode[] members)
        : ColumnNode([.. members.SelectMany(member => member.Columns)])
    {
        internal override object? Read()
        {
            if (First.Definition < shape.Definition)
            {
                Skip();
                return null;
            }

            object?[] values = new object?[members.Length];
            for (int i = 0; i < values.Length; i++)
                values[i] = members[i].Read();
            return new NamedValues(shape.Names, values);
        }
    }

    private class ListNode(ColumnNode item, int definition, int itemDefinition, int repetition) : ColumnNode(item.Columns)
    {
        internal override object? Read() => ReadItems();

        protected List<object?>? ReadItems()
        {
            int found = First.Definition;
            if (found < itemDefinition)
            {
                Skip();
                return found < definition ? null : [];
            }

            var items = new List<object?>();
            do
            {
                items.Add(item.Read());
            }
            while (HasMore());

            return items;
        }

        private bool HasMore()
        {
            bool more = First.Repetition >= repetition;
            for (int i = 1; i < Columns.Count; i++)
            {
                if (Columns[i].Repetition >= repetition != more)
                    throw new InvalidDataException("two columns of the same list have different numbers of items");
            }

            return more;
        }
    }

    private sealed class MapNode(EntryNode entry, int definition, int itemDefinition, int repetition)
        : ListNode(entry, definition, itemDefinition, repetition)
    {
        internal override object? Read() =>
            ReadItems() is { } entries ? ColumnMap.Of(entries.Cast<KeyValuePair<object?, object?>>()) : null;
    }

    private sealed class EntryNode(ColumnNode key, ColumnNode value) : ColumnNode([.. key.Columns, .. value.Columns])
    {
        internal override object? Read() => KeyValuePair.Create(key.Read(), value.Read());
    }
}
