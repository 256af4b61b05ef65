using System.Globalization;
using EvalHarness.Data;
using EvalHarness.Files;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks;

/// <summary>Reads the key judge of a task file. Every key below it is checked, and an unknown one is an error.</summary>
internal static class JudgeReader
{
    /// <summary>The grader that asks a judge.</summary>
    internal const string Grader = "model_graded";

    private const string Key = "judge";

    /// <summary>The most tokens of a judge's answer where nothing else is said.</summary>
    internal const int DefaultTokens = 512;

    private const int MostVotes = 100, DefaultAudit = 50;

    /// <summary>The one metric of such a task: the mean of what its grades count.</summary>
    internal const string Score = "score";

    private static readonly string[] Known =
    [
        "rubric", "rewording", "system", "grades", "grade", "schema", "votes", "audit", "label", "labelled", "generation_kwargs",
    ];

    /// <param name="file">The merged task file.</param>
    /// <returns>Null where the file has no such key and names another grader.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: the key is wrong, or stands beside another grader.</exception>
    internal static JudgeDefinition? Read(TaskFile file)
    {
        string? grader = TaskReader.Text(file, "grader");
        bool isWritten = file.Values.GetValueOrDefault(Key) is not null;
        if (!isWritten && grader != Grader)
            return null;
        if (grader is not (null or Grader))
            throw file.Error(Key, $"stands beside grader {grader}, which asks no judge; leave one of them out");
        IReadOnlyDictionary<string, object?> map = TaskReader.Map(file, Key);
        if (map.Keys.FirstOrDefault(k => !Known.Contains(k)) is { } unknown)
            throw file.Error(Key, $"{unknown}: no such key; known are {string.Join(", ", Known)}");
        bool hasReference = file.Values.GetValueOrDefault("doc_to_target") is not null;
        bool isJson = map.GetValueOrDefault("schema") is not null;
        string? rubric = Text(file, map, "rubric");
        IReadOnlyList<JudgeGrade> grades = Grades(file, map);
        var generation = GenerationReader.Read(
            map.GetValueOrDefault("generation_kwargs"), file, Key, new GenerationOptions { Until = [], MaxTokens = DefaultTokens });
        int votes = Whole(file, map, "votes", low: 1, MostVotes) ?? 1;
        if (votes > 1 && generation.Greedy)
        {
            throw file.Error(
                Key,
                $"votes: found {votes} with temperature 0, which gives the same vote each time; "
                + "add generation_kwargs: {temperature: 0.7}");
        }

        string? label = Text(file, map, "label"), labelled = Text(file, map, "labelled");
        if (label is null != labelled is null)
        {
            throw file.Error(
                Key,
                "label and labelled go together: the column with people's grades, and the column with the answer that each of them is of, "
                + "because another model's answer has another grade");
        }

        string? rewording = Text(file, map, "rewording") ?? (rubric is null ? JudgeRubrics.Rewording(hasReference, isJson) : null);
        return new JudgeDefinition
        {
            Rubric = Rubric(file, "rubric", rubric ?? JudgeRubrics.Rubric(hasReference, isJson)),
            Rewording = rewording is null ? null : Rubric(file, "rewording", rewording),
            System = Text(file, map, "system") is { } system ? Field(file, system) : null,
            HasReference = hasReference,
            Grades = grades,
            Pattern = isJson ? null : PythonRegex.Compile(Text(file, map, "grade") ?? PatternBehind("GRADE"), $"{file.Place(Key)}: grade"),
            Property = isJson ? Text(file, map, "grade") ?? "grade" : null,
            Votes = votes,
            Audit = Whole(file, map, "audit", low: 0, int.MaxValue) ?? DefaultAudit,
            Label = label is null ? null : Field(file, label),
            Labelled = labelled is null ? null : Field(file, labelled),
            Generation = generation with { JsonSchema = Schema(file, map, grades) },
        };
    }

    /// <summary>The metrics of a task that a model grades.</summary>
    /// <param name="file">The merged task file.</param>
    /// <param name="metrics">Those of its metric_list, or the standard ones of its output type.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: the file names others.</exception>
    internal static IReadOnlyList<MetricDefinition> Metrics(TaskFile file, IReadOnlyList<MetricDefinition> metrics)
    {
        if (TaskReader.List(file, "metric_list").Count == 0)
            return [new MetricDefinition(Score, "mean", HigherIsBetter: true, new Dictionary<string, object?>())];
        return metrics.FirstOrDefault(m => m.Name != Score || m.Aggregation != "mean" || m.Function is not null) is { } other
            ? throw file.Error("metric_list", $"{other.Name}: a judge gives the metric {Score}, whose mean is taken, and no other")
            : metrics;
    }

    /// <summary>
    /// Finds all of the line behind a word in capitals and a colon, but marks around it: of "CORRECT or INCORRECT" and of "4.5" the
    /// beginning would be another grade.
    /// </summary>
    internal static string PatternBehind(string mark) => $@"(?im){mark}:[\s*""'`_]*(.*?)[\s*""'`_.!]*$";

    private static TaskField Rubric(TaskFile file, string key, string text)
    {
        TaskField rubric = Field(file, text);
        return JudgeDefinition.Names(rubric).Contains(JudgeDefinition.OfCompletion)
            ? rubric
            : throw file.Error(
                Key, $"{key}: does not show the answer to the judge; write {{{{ {JudgeDefinition.OfCompletion} }}}} where it belongs");
    }

    private static TaskField Field(TaskFile file, string text) => new(text, file.Place(Key));

    /// <summary>The grades and what they count; right and wrong where the file gives none.</summary>
    private static JudgeGrade[] Grades(TaskFile file, IReadOnlyDictionary<string, object?> map)
    {
        if (map.GetValueOrDefault("grades") is not { } written)
            return [new JudgeGrade("CORRECT", 1), new JudgeGrade("INCORRECT", 0)];
        JudgeGrade[] grades = written is IReadOnlyDictionary<string, object?> all
            ? [.. all.Select(g => new JudgeGrade(g.Key.Trim(), g.Value is long or double ? Number(g.Value) : double.NaN))]
            : [];
        return grades.Length >= 2
            && grades.All(g => g.Name.Length > 0 && double.IsFinite(g.Score))
            && grades.DistinctBy(g => g.Name.ToUpperInvariant()).Count() == grades.Length
            && grades.DistinctBy(g => g.Score).Count() > 1
            ? grades
            : throw file.Error(
                Key,
                "grades: expected two or more names that differ in more than capital letters, with numbers that are not all the same, "
                + "such as {CORRECT: 1, PARTIAL: 0.5, INCORRECT: 0}");
    }

    private static string? Schema(TaskFile file, IReadOnlyDictionary<string, object?> map, IReadOnlyList<JudgeGrade> grades) =>
        map.GetValueOrDefault("schema") switch
        {
            null => null,
            "auto" => Document.ToNode(JudgeRubrics.Schema(grades.Select(g => g.Name)))!.ToJsonString(),
            IReadOnlyDictionary<string, object?> schema => Document.ToNode(TaskFile.Shown(schema))!.ToJsonString(),
            _ => throw file.Error(Key, "schema: expected a JSON schema as a map of keys, or auto for an object with reasons and grade"),
        };

    private static string? Text(TaskFile file, IReadOnlyDictionary<string, object?> map, string key) => map.GetValueOrDefault(key) switch
    {
        null => null,
        string text when text.Length > 0 => text,
        var other => throw file.Error(Key, $"{key}: found {Shown(other)}; expected text"),
    };

    private static int? Whole(TaskFile file, IReadOnlyDictionary<string, object?> map, string key, int low, int high)
    {
        if (map.GetValueOrDefault(key) is not { } value)
            return null;
        return WholeNumber.From(value, low, high)
            ?? throw file.Error(Key, $"{key}: found {Shown(value)}; expected {WholeNumber.Expected(low, high)}");
    }

    private static string Shown(object value) =>
        Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : "nothing";

    private static double Number(object value) => Convert.ToDouble(value, CultureInfo.InvariantCulture);
}
