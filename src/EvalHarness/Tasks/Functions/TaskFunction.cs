using System.Text.RegularExpressions;
using EvalHarness.Data;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions;

/// <summary>
/// A Python function that a task file names: its equivalent in C#, or a call of the function itself. There is one kind for each key that
/// can name a function.
/// </summary>
internal abstract record TaskFunction
{
    /// <summary>Whether the function itself is called, in the sandbox.</summary>
    internal bool RunsPython { get; init; }
}

/// <summary>What process_docs is: an equivalent that sees one row at a time, or a function of Python that sees the whole split.</summary>
internal abstract record DocumentsFunction : TaskFunction;

/// <summary>An equivalent of process_docs. It is applied row by row, and its result is null for a row that is left out.</summary>
/// <param name="Make">Starts a new pass over a split, so that a function with a random generator begins with its seed again.</param>
internal sealed record RowFunction(Func<Func<Document, Document?>> Make) : DocumentsFunction
{
    /// <summary>Whether no row is left out, so that there are as many documents as rows.</summary>
    internal bool KeepsAllRows { get; init; }
}

/// <summary>An equivalent of doc_to_text, doc_to_target or doc_to_choice.</summary>
/// <param name="Value">Returns the value of the field for a document.</param>
internal sealed record FieldFunction(Func<Document, object?> Value) : TaskFunction;

/// <summary>A filter.</summary>
/// <param name="Make">Creates the filter from its options.</param>
internal sealed record AnswersFunction(Func<FunctionOptions, AnswersFilter> Make) : TaskFunction
{
    /// <param name="make">Creates a filter that turns the responses to one document into answers.</param>
    internal AnswersFunction(Func<FunctionOptions, Func<IReadOnlyList<string>, Document, IReadOnlyList<string>>> make)
        : this(options => Each(make(options)))
    {
    }

    /// <summary>A filter that looks at one document at a time, and at nothing but texts.</summary>
    internal static AnswersFilter Each(Func<IReadOnlyList<string>, Document, IReadOnlyList<string>> filter) => (answers, documents, _) =>
    [
        .. answers.Zip(documents, (given, document) =>
        {
            try
            {
                IReadOnlyList<string> texts = filter(given.Texts(), document);
                return FunctionOutcome<FilteredAnswers>.Of(new FilteredAnswers(texts, given.IsSingle && texts.Count == 1));
            }
            catch (Exception e) when (e is FunctionException or RegexMatchTimeoutException)
            {
                return FunctionOutcome<FilteredAnswers>.Failed(e.Message);
            }
        }),
    ];
}

/// <summary>Turns the responses to some documents into answers, or what an earlier filter made of them.</summary>
/// <returns>An outcome for each document, in their order.</returns>
internal delegate IReadOnlyList<FunctionOutcome<FilteredAnswers>> AnswersFilter(
    IReadOnlyList<FilteredAnswers> answers, IReadOnlyList<Document> documents, CancellationToken cancellationToken);

/// <summary>process_results.</summary>
/// <param name="ScoreAll">
/// Returns for each document the value of each metric: a number, or the plain value that the metric's aggregation expects.
/// </param>
internal sealed record ResultsFunction(
    Func<IReadOnlyList<FunctionResults>, CancellationToken, IReadOnlyList<FunctionOutcome<IReadOnlyDictionary<string, object?>>>> ScoreAll)
    : TaskFunction
{
    /// <param name="score">Returns the value of each metric for one document.</param>
    internal ResultsFunction(Func<FunctionResults, IReadOnlyDictionary<string, object?>> score)
        : this((all, _) => [.. all.Select(one => FunctionOutcome<IReadOnlyDictionary<string, object?>>.Try(() => score(one)))])
    {
    }
}

/// <summary>A metric.</summary>
/// <param name="Grader">The name of the grader that computes the metric, or that asks <see cref="Compute"/> for it.</param>
internal sealed record MetricFunction(string Grader) : TaskFunction
{
    /// <summary>Computes the metric; null where the grader does so itself.</summary>
    internal MetricComputation? Compute { get; init; }
}

/// <summary>Computes a metric of several documents, each with its references and predictions.</summary>
/// <param name="arguments">Those of the documents.</param>
/// <param name="options">The options of the metric, as the task file has them.</param>
/// <param name="cancellationToken">Stops between documents.</param>
/// <returns>An outcome for each document, in their order: a number, what the aggregation expects, or a map of metrics.</returns>
internal delegate IReadOnlyList<FunctionOutcome<object>> MetricComputation(
    IReadOnlyList<MetricArguments> arguments, IReadOnlyDictionary<string, object?> options, CancellationToken cancellationToken);

/// <summary>What a metric is computed from.</summary>
/// <param name="References">The right answers.</param>
/// <param name="Predictions">The completions, as the filters left them.</param>
internal readonly record struct MetricArguments(IReadOnlyList<object?> References, IReadOnlyList<object?> Predictions);

/// <summary>An aggregation.</summary>
/// <param name="Aggregate">Aggregates the values of all documents.</param>
internal sealed record AggregationFunction(Func<IReadOnlyList<object?>, double> Aggregate) : TaskFunction;

/// <summary>The document and responses that process_results scores.</summary>
/// <param name="Document">The document after process_docs.</param>
/// <param name="Answers">The filtered completions. The list is empty for log-likelihood tasks.</param>
/// <param name="LogLikelihoods">The log-likelihoods by request. The list is empty for completions.</param>
internal sealed record FunctionResults(Document Document, IReadOnlyList<string> Answers, IReadOnlyList<double> LogLikelihoods)
{
    /// <summary>
    /// Whether greedy decoding would have generated each continuation. The list is empty for completions and for texts that are scored as
    /// a whole.
    /// </summary>
    internal IReadOnlyList<bool> IsGreedy { get; init; } = [];

    /// <summary>What the filters left of the completions; null for log-likelihoods.</summary>
    internal FilteredAnswers? Filtered { get; init; }
}
