namespace Parquet.Schema;

public abstract class Field
{
    private protected Field(string name) => Name = name;

    public string Name { get; private set; }
}

/// <summary>Every field that is no struct; the product asks only for struct members and names.</summary>
internal sealed class LeafField(string name) : Field(name);

public class StructField : Field
{
    internal StructField(string name, IReadOnlyList<Field> fields)
        : base(name) => Fields = fields;

    public IReadOnlyList<Field> Fields { get; }
}

public class ParquetSchema
{
    internal ParquetSchema(IReadOnlyList<Field> fields) => Fields = fields;

    public IReadOnlyList<Field> Fields { get; }
}
