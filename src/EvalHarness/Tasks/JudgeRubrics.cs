namespace EvalHarness.Tasks;

/// <summary>The rubrics of tasks that write none: whether an answer is right, by a reference answer or by what the judge knows.</summary>
internal static class JudgeRubrics
{
    private const string Grades = "{{ grades | join(' or ') }}";

    private const string OnALine = $"Give your reasons in two or three sentences. Then write one last line: GRADE: and {Grades}.";

    private const string AsJson = "Answer with a JSON object: your reasons in two or three sentences as \"reasons\", and as \"grade\" "
        + $"{Grades}.";

    /// <param name="hasReference">Whether the task says what the right answer is.</param>
    /// <param name="isJson">Whether the judge answers with JSON.</param>
    internal static string Rubric(bool hasReference, bool isJson) =>
        "You grade an answer to a question. "
        + (hasReference
            ? "It is as right as it agrees with the reference answer in what it claims. "
            : "It is right if what it claims is true and it answers what was asked. ")
        + "Neither its length nor its style counts.\n\n"
        + "Question:\n{{ prompt }}\n\n"
        + (hasReference ? "Reference answer:\n{{ reference }}\n\n" : "")
        + "Answer:\n{{ completion }}\n\n"
        + (isJson ? AsJson : OnALine);

    /// <summary>The same in other words, and with the parts in another order.</summary>
    internal static string Rewording(bool hasReference, bool isJson) =>
        "Somebody was asked this:\n{{ prompt }}\n\n"
        + "and replied:\n{{ completion }}\n\n"
        + (hasReference ? "The correct reply is:\n{{ reference }}\n\n" : "")
        + "Decide how correct the reply is"
        + (hasReference ? ", compared with the correct one" : "")
        + ". Whether it is short or long, plain or polished, makes no difference. "
        + (isJson ? AsJson : OnALine);

    /// <summary>The form of an answer as <see cref="Rubric"/> asks for it in JSON.</summary>
    /// <param name="grades">The names of the grades.</param>
    internal static Dictionary<string, object?> Schema(IEnumerable<string> grades) => new()
    {
        ["type"] = "object",
        ["properties"] = new Dictionary<string, object?>
        {
            ["reasons"] = new Dictionary<string, object?> { ["type"] = "string" },
            ["grade"] = new Dictionary<string, object?> { ["enum"] = grades.ToList<object?>() },
        },
        ["required"] = new List<object?> { "reasons", "grade" },
        ["additionalProperties"] = false,
    };
}
