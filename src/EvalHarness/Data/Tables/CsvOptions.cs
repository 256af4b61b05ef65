using System.Globalization;

namespace EvalHarness.Data.Tables;

/// <summary>
/// How a CSV file is read: the options of pandas' <c>read_csv</c> that <c>datasets</c> hands on, under pandas' names and with its
/// defaults. <c>dtype</c> is an addition, which pandas has and <c>datasets</c> has not.
/// </summary>
internal sealed record CsvOptions
{
    /// <summary>The texts that are missing values by default, as in pandas 2.</summary>
    private static readonly string[] DefaultMissing =
    [
        "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA", "NULL", "NaN",
        "None", "n/a", "nan", "null",
    ];

    internal static readonly IReadOnlyList<string> Known =
    [
        "sep", "delimiter", "header", "names", "column_names", "quotechar", "quoting", "doublequote", "escapechar", "skipinitialspace",
        "skiprows", "skip_blank_lines", "na_values", "keep_default_na", "na_filter", "true_values", "false_values", "encoding", "dtype",
    ];

    /// <summary>The options of pandas that <c>datasets</c> hands on and that are refused here.</summary>
    internal static readonly IReadOnlyList<string> Unsupported =
    [
        "index_col", "usecols", "prefix", "converters", "nrows", "thousands", "decimal", "lineterminator", "comment", "dialect",
        "skipfooter", "float_precision", "features", "encoding_errors", "on_bad_lines", "date_format",
    ];

    /// <summary>Null for a comma, or for a tab in a file called .tsv.</summary>
    public char? Separator { get; init; }

    /// <summary>The number of the line with the names among those that are not blank, from 0; null if no line has them.</summary>
    public int? Header { get; init; } = 0;

    /// <summary>The names of the columns where the task gives them.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>Null where quotes mean nothing (<c>quoting: 3</c>).</summary>
    public char? Quote { get; init; } = '"';

    public bool DoubleQuote { get; init; } = true;

    public char? Escape { get; init; }

    public bool SkipInitialSpace { get; init; }

    public int SkipRows { get; init; }

    public bool SkipBlankLines { get; init; } = true;

    /// <summary>Texts that are missing values. Empty if none is, so that an empty field is an empty text.</summary>
    public IReadOnlySet<string> Missing { get; init; } = DefaultMissing.ToHashSet();

    public IReadOnlySet<string> TrueValues { get; init; } = new HashSet<string>();

    public IReadOnlySet<string> FalseValues { get; init; } = new HashSet<string>();

    public string? Encoding { get; init; }

    /// <summary>The types that the task declares by column; the key "" is for every column.</summary>
    public IReadOnlyDictionary<string, CsvType> Types { get; init; } = new Dictionary<string, CsvType>();

    /// <param name="options">The options as a task gives them.</param>
    /// <exception cref="FormatException">An option is not known, or has another value than it takes.</exception>
    internal static CsvOptions From(IReadOnlyDictionary<string, object?> options)
    {
        if (options.Keys.FirstOrDefault(k => !Known.Contains(k)) is { } unknown)
            throw new FormatException($"{unknown} is no option of CSV files here; known are {string.Join(", ", Known)}");
        IReadOnlyList<string>? names = Texts(options, "column_names") ?? Texts(options, "names");
        return new CsvOptions
        {
            Separator = Character(options, "delimiter") ?? Character(options, "sep"),
            Names = names,
            Header = HeaderOf(options, names is not null),
            Quote = options.GetValueOrDefault("quoting") switch
            {
                null or 0L or 1L or 2L => Character(options, "quotechar") ?? '"',
                3L => null,
                var other => throw Wrong("quoting", other, "0, or 3 for a file in which quotes mean nothing"),
            },
            DoubleQuote = Truth(options, "doublequote", true),
            Escape = Character(options, "escapechar"),
            SkipInitialSpace = Truth(options, "skipinitialspace", false),
            SkipBlankLines = Truth(options, "skip_blank_lines", true),
            SkipRows = options.GetValueOrDefault("skiprows") switch
            {
                null => 0,
                long and >= 0 and < int.MaxValue and var rows => (int)rows,
                var other => throw Wrong("skiprows", other, "the number of lines to leave out"),
            },
            Missing = MissingOf(options),
            TrueValues = (Texts(options, "true_values") ?? []).ToHashSet(),
            FalseValues = (Texts(options, "false_values") ?? []).ToHashSet(),
            Encoding = EncodingOf(options),
            Types = TypesOf(options.GetValueOrDefault("dtype")),
        };
    }

    private static int? HeaderOf(IReadOnlyDictionary<string, object?> options, bool named) =>
        !options.TryGetValue("header", out object? header) ? (named ? null : 0) : header switch
        {
            null => null,
            "infer" => named ? null : 0,
            long and >= 0 and < int.MaxValue and var line => (int)line,
            _ => throw Wrong("header", header, "null for a file without a line of names, infer, or the number of that line from 0"),
        };

    private static HashSet<string> MissingOf(IReadOnlyDictionary<string, object?> options) => !Truth(options, "na_filter", true)
        ? []
        : [.. Texts(options, "na_values") ?? [], .. Truth(options, "keep_default_na", true) ? DefaultMissing : []];

    private static string? EncodingOf(IReadOnlyDictionary<string, object?> options) => options.GetValueOrDefault("encoding") switch
    {
        null => null,
        string name when TextFile.Find(name) is not null => name,
        var other => throw Wrong("encoding", other, "the name of an encoding, such as utf-8, latin-1 or utf-16"),
    };

    private static Dictionary<string, CsvType> TypesOf(object? dtype) => dtype switch
    {
        null => [],
        IReadOnlyDictionary<string, object?> map => map.ToDictionary(m => m.Key, m => TypeOf(m.Value)),
        _ => new() { [""] = TypeOf(dtype) },
    };

    private static CsvType TypeOf(object? name) => name switch
    {
        "str" or "string" or "object" => CsvType.Text,
        "float" or "float64" => CsvType.Float,
        _ => throw Wrong("dtype", name, "str (every text as it is written) or float, for all columns or as a map of columns"),
    };

    private static char? Character(IReadOnlyDictionary<string, object?> options, string key) => options.GetValueOrDefault(key) switch
    {
        null => null,
        string { Length: 1 } text => text[0],
        "\\t" => '\t',
        var other => throw Wrong(key, other, "one character"),
    };

    private static bool Truth(IReadOnlyDictionary<string, object?> options, string key, bool standard) =>
        options.GetValueOrDefault(key) switch
        {
            null => standard,
            bool truth => truth,
            var other => throw Wrong(key, other, "true or false"),
        };

    private static IReadOnlyList<string>? Texts(IReadOnlyDictionary<string, object?> options, string key) =>
        options.GetValueOrDefault(key) switch
        {
            null => null,
            string one => [one],
            IReadOnlyList<object?> many when many.All(m => m is string) => [.. many.Cast<string>()],
            var other => throw Wrong(key, other, "a list of texts"),
        };

    private static FormatException Wrong(string key, object? found, string expected) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{key}: found {found ?? "null"}; expected {expected}"));
}
