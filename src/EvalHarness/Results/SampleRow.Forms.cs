using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization;
using EvalHarness.Data.Tables;
using EvalHarness.Files;

namespace EvalHarness.Results;

public sealed partial record SampleRow
{
    private static readonly JsonSerializerOptions Exact =
        new(ResultsJson.Line) { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>The scores that are finite numbers, by "METRIC,FILTER". What an aggregation takes instead of one is left out.</summary>
    public IReadOnlyDictionary<string, double> NumericScores() =>
        Scores.Where(s => s.Number is not null).ToDictionary(s => s.Key, s => s.Number!.Value);

    /// <summary>The target as the task gave it: text, a number, a flag, a list, a map, or null.</summary>
    internal object? TargetValue() => TargetIsJson == true ? PlainJson.Parse(Target!) : Target;

    /// <summary>The target as JSON, whatever it is.</summary>
    internal string TargetJson() => TargetIsJson == true ? Target! : new FreeValue(Target).ToJson();

    /// <summary>The row with a target: text, a number, a flag, a list, a map, or null.</summary>
    internal SampleRow WithTarget(object? target) => target is string text
        ? this with
        {
            Target = text,
            TargetIsJson = false,
        }
        : WithTargetJson(new FreeValue(target).ToJson());

    /// <param name="json">The target as JSON; nothing where there is none.</param>
    /// <exception cref="JsonException">It is no JSON.</exception>
    internal SampleRow WithTargetJson(string json)
    {
        (string? target, bool? isJson) = TargetOf(json);
        return this with
        {
            Target = target,
            TargetIsJson = isJson,
        };
    }

    /// <summary>What <see cref="Target"/> and <see cref="TargetIsJson"/> are for a target that is given as JSON.</summary>
    internal static (string? Target, bool? IsJson) TargetOf(string json) => json switch
    {
        "" or "null" => (null, null),
        ['"', ..] => (JsonSerializer.Deserialize<string>(json), false),
        _ => (json, true),
    };

    /// <summary>Filter name to the list of its answers, as JSON.</summary>
    internal string AnswersJson() => new FreeValue(new OrderedDictionary<string, object?>(
        Answers.Select(a => KeyValuePair.Create(a.Filter, (object?)a.Answers.Cast<object?>().ToList())))).ToJson();

    /// <summary>The row as bytes for a temporary file, from which <see cref="FromBytes"/> makes the same row.</summary>
    internal byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Exact);

    /// <param name="bytes">What <see cref="ToBytes"/> gave.</param>
    internal static SampleRow FromBytes(ReadOnlySpan<byte> bytes) => JsonSerializer.Deserialize<SampleRow>(bytes, Exact)!;

    /// <summary>
    /// Every column by its name in the file, as plain values (see <see cref="Data.Document"/>); structs are maps. Lists that are null in
    /// the file are empty.
    /// </summary>
    public IReadOnlyDictionary<string, object?> ToColumns() => new OrderedDictionary<string, object?>(
        Columns.Select(c => KeyValuePair.Create(c.Name, Plain(c.Property.GetValue(this)))));

    private static object? Plain(object? value) => value switch
    {
        SampleScore { Items: null } score => new OrderedDictionary<string, object?>
        {
            ["metric"] = score.Metric,
            ["filter"] = score.Filter,
            ["value"] = score.Value,
        },
        SampleScore score => new OrderedDictionary<string, object?>
        {
            ["metric"] = score.Metric,
            ["filter"] = score.Filter,
            ["value"] = score.Value,
            ["items"] = score.Items,
        },
        SampleAnswers answers => new OrderedDictionary<string, object?>
        {
            ["filter"] = answers.Filter,
            ["answers"] = Plain(answers.Answers),
        },
        IEnumerable list and not string => list.Cast<object?>().Select(Plain).ToList(),
        _ => value,
    };

    /// <summary>The row as JSON over several lines.</summary>
    public string ToJson() => JsonSerializer.Serialize(new FreeValue(ToColumns()), ResultsJson.Indented);
}
