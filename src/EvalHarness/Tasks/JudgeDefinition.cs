using System.Text.RegularExpressions;
using EvalHarness.Templates;

namespace EvalHarness.Tasks;

/// <summary>How a model grades the completions of a task: the key <c>judge</c> of its file, with every default filled in.</summary>
/// <remarks>
/// Rubrics are templates over the columns of the document and, before columns of the same name, <c>completion</c> (the answer after the
/// filters), <c>reference</c> (doc_to_target as text), <c>prompt</c> (doc_to_text), <c>grades</c> (the names of the grades in the order in
/// which the judge is told them) and <c>doc</c> (the whole document). Without doc_to_target there is no <c>reference</c> but a column.
/// </remarks>
public sealed record JudgeDefinition
{
    /// <summary>The variables of rubrics.</summary>
    internal const string OfCompletion = "completion", OfReference = "reference", OfPrompt = "prompt", OfGrades = "grades",
        OfDocument = "doc";

    /// <summary>What the judge is asked.</summary>
    public required TaskField Rubric { get; init; }

    /// <summary>The same question in other words, in which documents are judged again for the judge's card; null for none.</summary>
    public TaskField? Rewording { get; init; }

    /// <summary>The system message of the judge's conversation, a template as the rubric is; null for none.</summary>
    public TaskField? System { get; init; }

    /// <summary>Whether the task says what the right answer is (doc_to_target).</summary>
    public bool HasReference { get; init; }

    /// <summary>At least two, in the order of the file, each name once.</summary>
    public required IReadOnlyList<JudgeGrade> Grades { get; init; }

    /// <summary>
    /// Finds the grade in the judge's answer: its last match counts, and in it the first group, if it has one. Null where the answer is
    /// JSON.
    /// </summary>
    public Regex? Pattern { get; init; }

    /// <summary>The property of the judge's JSON that is the grade; null where a pattern finds it.</summary>
    public string? Property { get; init; }

    /// <summary>The number of times that each completion is judged, 1 or more; the grade that most votes give counts.</summary>
    public int Votes { get; init; } = 1;

    /// <summary>The most documents that are judged again in other ways for the judge's card; 0 for none.</summary>
    public int Audit { get; init; }

    /// <summary>A person's grade of a completion of the document, where there is one; null where no document has any.</summary>
    public TaskField? Label { get; init; }

    /// <summary>
    /// The completion that this person saw: the grade is one of a document's completion only where it is the same text, white space at its
    /// ends aside. Null where <see cref="Label"/> is.
    /// </summary>
    public TaskField? Labelled { get; init; }

    public required GenerationOptions Generation { get; init; }

    /// <summary>Whether the rubric lists the grades, so that their order can be another one.</summary>
    internal bool ListsGrades => Names(Rubric).Contains(OfGrades);

    /// <summary>The variables that a rubric names.</summary>
    internal static IReadOnlySet<string> Names(TaskField rubric) =>
        rubric.Template is { } template ? VariableFinder.Names(template.Nodes).ToHashSet() : new HashSet<string>();

    /// <summary>The grade of a name, whose letters may be of any case; null where there is none.</summary>
    public JudgeGrade? Find(string name) =>
        Grades.FirstOrDefault(g => g.Name == name)
        ?? Grades.FirstOrDefault(g => string.Equals(g.Name, name, StringComparison.OrdinalIgnoreCase));
}

/// <summary>A grade that a judge can give.</summary>
/// <param name="Name">What the judge says.</param>
/// <param name="Score">What it counts, a finite number.</param>
public sealed record JudgeGrade(string Name, double Score);
