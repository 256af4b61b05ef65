namespace EvalHarness.Data.Shards;

/// <summary>A field of a schema: a column that has values, or a group of fields, which is a struct, or a part of a list or map.</summary>
/// <param name="Name">The name.</param>
/// <param name="Repetition">Whether there is one value, none or one, or any number.</param>
/// <param name="Group">What its annotation says a group is.</param>
/// <param name="Definition">The definition level at which the field itself is there.</param>
/// <param name="RepetitionLevel">The number of lists that the field's values lie in.</param>
/// <param name="Fields">The fields of a group, in their order; empty for a column.</param>
/// <param name="Column">The column; null for a group.</param>
internal sealed record ShardField(
    string Name,
    FieldRepetition Repetition,
    GroupKind Group,
    int Definition,
    int RepetitionLevel,
    IReadOnlyList<ShardField> Fields,
    ShardColumn? Column)
{
    /// <summary>The columns with values in it, in the order of the file.</summary>
    internal IEnumerable<ShardColumn> Columns => Column is { } own ? [own] : Fields.SelectMany(inner => inner.Columns);
}

/// <remarks>Source: Apache Parquet, parquet.thrift, enum FieldRepetitionType.</remarks>
internal enum FieldRepetition
{
    Required = 0,
    Optional = 1,
    Repeated = 2,
}

internal enum GroupKind
{
    Struct,
    List,
    Map,
}

/// <summary>Reads the schema of a footer, a tree that is written as a list with each parent before its children.</summary>
/// <remarks>Source: Apache Parquet, parquet.thrift, SchemaElement.</remarks>
internal sealed class ShardSchema
{
    private readonly ThriftStruct[] _elements;
    private int _next = 1;

    private ShardSchema(ThriftStruct[] elements) => _elements = elements;

    /// <returns>The top-level fields.</returns>
    /// <exception cref="InvalidDataException">The list is no tree, or an element contradicts itself.</exception>
    internal static IReadOnlyList<ShardField> Read(IEnumerable<ThriftStruct> elements)
    {
        var schema = new ShardSchema([.. elements]);
        if (schema._elements is not [var root, ..])
            throw new InvalidDataException("the footer has no schema");
        IReadOnlyList<ShardField> fields = schema.Children(root, [], 0, 0);
        return schema._next == schema._elements.Length
            ? fields
            : throw new InvalidDataException(
                $"the footer's schema has {schema._elements.Length} elements, but its counts of children make {schema._next}");
    }

    private ShardField[] Children(ThriftStruct parent, string[] path, int definition, int repetition)
    {
        long count = parent.Number(5, "num_children");
        // Schemas of real files nest a few levels; a deeper one would only exhaust the stack of whoever reads it.
        if (path.Length > 64)
            throw new InvalidDataException("the footer's schema nests more than 64 deep");
        var fields = new List<ShardField>();
        for (long i = 0; i < count; i++)
            fields.Add(Next(path, definition, repetition));
        if (fields.GroupBy(field => field.Name).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new UnsupportedShardException(
                $"has {twice.Count()} columns named {string.Join('.', [.. path, twice.Key])}; "
                + "a row has one value for each name, so rename one of them");
        }

        return [.. fields];
    }

    private ShardField Next(string[] path, int definition, int repetition)
    {
        if (_next >= _elements.Length)
        {
            throw new InvalidDataException(
                $"the footer's schema has {_elements.Length} elements, but its counts of children make more");
        }

        ThriftStruct element = _elements[_next++];
        var kind = (FieldRepetition)element.Number(3, "repetition_type", high: (long)FieldRepetition.Repeated);
        string name = element.Text(4, "name");
        string[] inner = [.. path, name];
        int innerDefinition = definition + (kind == FieldRepetition.Required ? 0 : 1);
        int innerRepetition = repetition + (kind == FieldRepetition.Repeated ? 1 : 0);
        return element.Has(1)
            ? new ShardField(
                name,
                kind,
                GroupKind.Struct,
                innerDefinition,
                innerRepetition,
                [],
                ShardColumn.Read(element, inner, innerDefinition, innerRepetition))
            : new ShardField(
                name,
                kind,
                GroupOf(element),
                innerDefinition,
                innerRepetition,
                Children(element, inner, innerDefinition, innerRepetition),
                null);
    }

    /// <remarks>Source: Apache Parquet, LogicalTypes.md, "Nested Types".</remarks>
    private static GroupKind GroupOf(ThriftStruct element)
    {
        ThriftStruct? logical = element.Find<ThriftStruct>(10, "logicalType");
        return element.FindNumber(6, "converted_type", high: 21) switch
        {
            1 or 2 => GroupKind.Map,
            3 => GroupKind.List,
            _ when logical?.Has(2) == true => GroupKind.Map,
            _ when logical?.Has(3) == true => GroupKind.List,
            _ => GroupKind.Struct,
        };
    }
}
