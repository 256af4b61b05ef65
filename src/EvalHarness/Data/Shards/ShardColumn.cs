namespace EvalHarness.Data.Shards;

/// <summary>One column that has values, a leaf of the schema.</summary>
/// <param name="Names">The names from the root.</param>
/// <param name="Type">The physical type, see <see cref="PhysicalType"/>.</param>
/// <param name="TypeLength">Bytes of a value of <see cref="PhysicalType.FixedLengthByteArray"/>.</param>
/// <param name="Kind">What the values mean.</param>
/// <param name="Precision">Digits of a decimal.</param>
/// <param name="Scale">How many of a decimal's digits stand behind the point.</param>
/// <param name="Bits">Bits of a whole number, if its annotation says so; 0 if it has none.</param>
/// <param name="IsUnsigned">Whether a whole number has no sign.</param>
/// <param name="IsUtc">Whether a timestamp says that it is in UTC.</param>
/// <param name="MaxDefinition">The definition level of a value that is there.</param>
/// <param name="MaxRepetition">The number of lists that the column lies in.</param>
internal sealed record ShardColumn(
    IReadOnlyList<string> Names,
    PhysicalType Type,
    int TypeLength,
    ValueKind Kind,
    int Precision,
    int Scale,
    int Bits,
    bool IsUnsigned,
    bool IsUtc,
    int MaxDefinition,
    int MaxRepetition)
{
    /// <summary>The names joined by dots.</summary>
    internal string Path => string.Join('.', Names);

    /// <exception cref="InvalidDataException">The element contradicts itself.</exception>
    internal static ShardColumn Read(ThriftStruct element, string[] names, int definition, int repetition)
    {
        string path = string.Join('.', names);
        if (element.FindNumber(5, "num_children") > 0)
            throw new InvalidDataException($"the footer's schema: column {path} has a type and children");
        var type = (PhysicalType)element.Number(1, "type", high: (long)PhysicalType.FixedLengthByteArray);
        long length = type == PhysicalType.FixedLengthByteArray ? element.Number(2, "type_length", low: 1, high: int.MaxValue) : 0;
        long? converted = element.FindNumber(6, "converted_type", high: 21);
        if (converted is { } number && !Fits(number, type))
        {
            throw new InvalidDataException(
                $"the footer's schema: column {path} has converted_type {converted}, which {type} cannot have");
        }

        ThriftStruct? logical = element.Find<ThriftStruct>(10, "logicalType");
        ThriftStruct? asDecimal = logical?.Find<ThriftStruct>(5, "DECIMAL");
        long precision = asDecimal?.FindNumber(2, "precision") ?? element.FindNumber(8, "precision", low: int.MinValue) ?? 0;
        long scale = asDecimal?.FindNumber(1, "scale") ?? element.FindNumber(7, "scale", low: int.MinValue) ?? 0;
        ValueKind kind = KindOf(type, converted, logical);
        if (kind == ValueKind.Decimal && (precision is < 1 or > short.MaxValue || scale < 0 || scale > precision))
        {
            throw new InvalidDataException(
                $"the footer's schema: column {path} has decimals of {precision} digits, {scale} of them behind the point");
        }

        bool isUtc = logical?.Find<ThriftStruct>(8, "TIMESTAMP")?.Flag(1, otherwise: false) ?? false;
        return new ShardColumn(
            names,
            type,
            (int)length,
            kind,
            (int)precision,
            (int)scale,
            BitsOf(converted, logical),
            IsUnsignedIn(converted, logical),
            isUtc,
            definition,
            repetition);
    }

    /// <remarks>Source: Apache Parquet, parquet.thrift, ConvertedType and IntType.</remarks>
    private static int BitsOf(long? converted, ThriftStruct? logical) => converted switch
    {
        11 or 15 => 8,
        12 or 16 => 16,
        13 or 17 => 32,
        14 or 18 => 64,
        _ => (int)(logical?.Find<ThriftStruct>(10, "INTEGER")?.FindNumber(1, "bitWidth", high: 64) ?? 0),
    };

    private static bool IsUnsignedIn(long? converted, ThriftStruct? logical) =>
        converted is >= 11 and <= 14 || logical?.Find<ThriftStruct>(10, "INTEGER")?.Flag(2, otherwise: true) == false;

    /// <remarks>Source: Apache Parquet, LogicalTypes.md.</remarks>
    private static bool Fits(long converted, PhysicalType type) => converted switch
    {
        0 or 4 or 19 or 20 => type == PhysicalType.ByteArray,
        5 => type is PhysicalType.Int32 or PhysicalType.Int64 or PhysicalType.ByteArray or PhysicalType.FixedLengthByteArray,
        6 or 7 or 11 or 12 or 13 or 15 or 16 or 17 => type == PhysicalType.Int32,
        8 or 9 or 10 or 14 or 18 => type == PhysicalType.Int64,
        21 => type == PhysicalType.FixedLengthByteArray,
        _ => false,
    };

    /// <remarks>Source: Apache Parquet, parquet.thrift, ConvertedType and the union LogicalType.</remarks>
    private static ValueKind KindOf(PhysicalType type, long? converted, ThriftStruct? logical)
    {
        foreach ((int field, ValueKind kind) in LogicalTypes)
        {
            if (logical?.Has(field) == true)
                return kind;
        }

        return converted switch
        {
            0 or 4 or 19 => ValueKind.Text,
            5 => ValueKind.Decimal,
            6 => ValueKind.Date,
            7 or 8 => ValueKind.Time,
            9 or 10 => ValueKind.Timestamp,
            21 => ValueKind.Interval,
            _ => type switch
            {
                PhysicalType.Boolean => ValueKind.Boolean,
                PhysicalType.Int32 or PhysicalType.Int64 => ValueKind.Integer,
                PhysicalType.Int96 => ValueKind.Timestamp,
                PhysicalType.Float or PhysicalType.Double => ValueKind.Real,
                _ => ValueKind.Bytes,
            },
        };
    }

    private static readonly (int Field, ValueKind Kind)[] LogicalTypes =
    [
        (1, ValueKind.Text), (4, ValueKind.Text), (5, ValueKind.Decimal), (6, ValueKind.Date), (7, ValueKind.Time),
        (8, ValueKind.Timestamp), (12, ValueKind.Text), (14, ValueKind.Uuid), (15, ValueKind.HalfFloat), (16, ValueKind.Other),
        (17, ValueKind.Other), (18, ValueKind.Other),
    ];
}

/// <remarks>Source: Apache Parquet, parquet.thrift, enum Type.</remarks>
internal enum PhysicalType
{
    Boolean = 0,
    Int32 = 1,
    Int64 = 2,
    Int96 = 3,
    Float = 4,
    Double = 5,
    ByteArray = 6,
    FixedLengthByteArray = 7,
}

/// <summary>What the values of a column mean.</summary>
internal enum ValueKind
{
    Boolean,
    Integer,
    Real,
    Text,
    Bytes,
    Date,
    Decimal,
    Time,
    Timestamp,
    Interval,
    Uuid,
    HalfFloat,
    Other,
}
