namespace EvalHarness.Data.Tables;

/// <summary>Files of text: every line is a row with the column <c>text</c>.</summary>
/// <param name="options">Only <c>encoding</c> is known.</param>
internal sealed class TextTable(IReadOnlyDictionary<string, object?> options) : Table
{
    private const string Column = "text";

    private readonly string? _encoding = EncodingOf(options);

    internal override IReadOnlyList<string> Columns => [Column];

    private static string? EncodingOf(IReadOnlyDictionary<string, object?> options) =>
        options.Keys.FirstOrDefault(k => k != "encoding") is { } unknown
            ? throw new FormatException($"{unknown} is no option of text files here; known is encoding")
            : options.GetValueOrDefault("encoding") as string;

    internal override IEnumerable<IReadOnlyDictionary<string, object?>> Read(string file)
    {
        using StreamReader reader = TextFile.Open(file, _encoding);
        bool isFirst = true;
        while (TextFile.Reading(file, reader.ReadLine) is { } line)
        {
            yield return new OrderedDictionary<string, object?> { [Column] = isFirst ? line.TrimStart('\uFEFF') : line };
            isFirst = false;
        }
    }
}
