using EvalHarness.Data;

namespace EvalHarness.Tasks.Functions;

/// <summary>
/// A C# equivalent of a Python function that a task file of lm-evaluation-harness names. There is one kind for each key that can name a
/// function.
/// </summary>
internal abstract record TaskFunction
{
    /// <summary>Whether the function itself is called, in the sandbox.</summary>
    internal bool RunsPython { get; init; }
}

/// <summary>An equivalent of process_docs. It is applied row by row, and its result is null for a row that is left out.</summary>
/// <param name="Make">Starts a new pass over a split, so that a function with a random generator begins with its seed again.</param>
internal sealed record RowFunction(Func<Func<Document, Document?>> Make) : TaskFunction
{
    /// <summary>Whether no row is left out, so that there are as many documents as rows.</summary>
    internal bool KeepsAllRows { get; init; }
}

/// <summary>An equivalent of doc_to_text, doc_to_target or doc_to_choice.</summary>
/// <param name="Value">Returns the value of the field for a document.</param>
internal sealed record FieldFunction(Func<Document, object?> Value) : TaskFunction;

/// <summary>An equivalent of a filter.</summary>
/// <param name="Make">
/// Creates the filter from its options. The filter turns the responses to one document into answers.
/// </param>
internal sealed record AnswersFunction(Func<FunctionOptions, Func<IReadOnlyList<string>, Document, IReadOnlyList<string>>> Make)
    : TaskFunction;

/// <summary>An equivalent of process_results.</summary>
/// <param name="Score">
/// Returns the value of each metric for a document: a number, or the plain value that the metric's aggregation expects.
/// </param>
internal sealed record ResultsFunction(Func<FunctionResults, IReadOnlyDictionary<string, object?>> Score) : TaskFunction;

/// <summary>An equivalent of a metric.</summary>
/// <param name="Grader">The name of the grader that computes the metric.</param>
internal sealed record MetricFunction(string Grader) : TaskFunction;

/// <summary>An equivalent of an aggregation.</summary>
/// <param name="Aggregate">Aggregates the values of all documents.</param>
internal sealed record AggregationFunction(Func<IReadOnlyList<object?>, double> Aggregate) : TaskFunction;

/// <summary>The document and responses that process_results scores.</summary>
/// <param name="Document">The document after process_docs.</param>
/// <param name="Answers">The filtered completions. The list is empty for log-likelihood tasks.</param>
/// <param name="LogLikelihoods">The log-likelihoods by request. The list is empty for completions.</param>
internal sealed record FunctionResults(Document Document, IReadOnlyList<string> Answers, IReadOnlyList<double> LogLikelihoods);
