using System.Globalization;
using Parquet.Schema;

namespace EvalHarness.Results;

/// <summary>The columns of a sample file as its footer has them, the same for all tasks, and their version.</summary>
internal static class SampleSchema
{
    /// <summary>The key of the version in the file's metadata. Files of version 1 have none.</summary>
    private const string VersionKey = "evalharness.samples_version";

    /// <summary>
    /// Of what is written. Version 1 had scores, answers and target as JSON in texts, the log-probabilities of all requests one after the
    /// other, and empty lists and texts where there was nothing.
    /// </summary>
    internal const int Version = 2;

    internal static ParquetSchema Schema { get; } = new(SampleColumn.All.Select(c => c.Field));

    /// <summary>The parts that hold values, by the name of their column: one, or those of its structs.</summary>
    internal static ILookup<string, DataField> Leaves { get; } = Schema.GetDataFields().ToLookup(f => f.Path.FirstPart!);

    private static readonly Dictionary<FieldPath, DataField> Bytes =
        new ParquetSchema(Schema.Fields.Select(AsBytes)).GetDataFields().ToDictionary(f => f.Path);

    internal static IReadOnlyDictionary<string, string> Metadata { get; } =
        new Dictionary<string, string> { [VersionKey] = Version.ToString(CultureInfo.InvariantCulture) };

    /// <param name="file">A file, for the message.</param>
    /// <param name="metadata">Its metadata.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the version is none that is known here.</exception>
    internal static int VersionOf(string file, IReadOnlyDictionary<string, string> metadata) =>
        !metadata.TryGetValue(VersionKey, out string? version) ? 1
        : int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= Version ? number
        : throw new EvalException(
            ExitCode.Output,
            $"{file}: its {VersionKey} is {version}, and this program reads 1 to {Version}; read it with the version that wrote it");

    /// <summary>The same leaf as one of bytes. The file's schema, which was written before, says that it is text.</summary>
    internal static DataField AsBytes(DataField text) => Bytes[text.Path];

    private static Field AsBytes(Field field) => field switch
    {
        ListField list => new ListField(list.Name, AsBytes(list.Item)),
        StructField together => new StructField(together.Name, [.. together.Fields.Select(AsBytes)]),
        DataField leaf when leaf.ClrType == typeof(ReadOnlyMemory<char>) => new DataField(leaf.Name, typeof(byte[]), leaf.IsNullable),
        DataField leaf => new DataField(leaf.Name, leaf.ClrType, leaf.IsNullable),
        _ => throw new NotSupportedException($"{field}: no column of samples is of this kind"),
    };
}
