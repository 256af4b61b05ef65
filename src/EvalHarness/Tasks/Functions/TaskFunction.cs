using EvalHarness.Data;

namespace EvalHarness.Tasks.Functions;

/// <summary>A C# equivalent of a Python function of lm-evaluation-harness's tasks. Each kind stands where that function stood.</summary>
public abstract record TaskFunction;

/// <summary>process_docs, row by row: a changed row, or null for one that is left out.</summary>
/// <param name="Make">A new pass over a split, for functions that keep a random generator.</param>
public sealed record RowFunction(Func<Func<Document, Document?>> Make) : TaskFunction;

/// <summary>doc_to_text, doc_to_target or doc_to_choice.</summary>
public sealed record FieldFunction(Func<Document, object?> Value) : TaskFunction;

/// <summary>A filter: what its options make of one document's responses.</summary>
public sealed record AnswersFunction(Func<FunctionOptions, Func<IReadOnlyList<string>, Document, IReadOnlyList<string>>> Make) : TaskFunction;

/// <summary>process_results: values by metric, numbers or what the metric's aggregation takes.</summary>
public sealed record ResultsFunction(Func<FunctionResults, IReadOnlyDictionary<string, object?>> Score) : TaskFunction;

/// <summary>A metric that one of the graders gives.</summary>
public sealed record MetricFunction(string Grader) : TaskFunction;

/// <summary>An aggregation over all documents' values.</summary>
public sealed record AggregationFunction(Func<IReadOnlyList<object?>, double> Aggregate) : TaskFunction;

/// <summary>What process_results sees of one document.</summary>
/// <param name="Document">After process_docs.</param>
/// <param name="Answers">Filtered completions; empty for log-likelihoods.</param>
/// <param name="LogLikelihoods">By request; empty for completions.</param>
public sealed record FunctionResults(Document Document, IReadOnlyList<string> Answers, IReadOnlyList<double> LogLikelihoods);
