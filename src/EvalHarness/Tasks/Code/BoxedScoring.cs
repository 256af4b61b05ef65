using System.Numerics;
using EvalHarness.Files;
using EvalHarness.Pythonic;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Tasks.Code;

/// <summary>The functions of a task file that judge answers, as calls of the author's own Python.</summary>
/// <param name="code">Runs the functions.</param>
internal sealed class BoxedScoring(ITaskCode code)
{
    private static readonly Dictionary<string, object?> NoOptions = [];

    /// <summary>A filter: a class, which is created with the options of the step, or a function (filter_fn).</summary>
    internal AnswersFunction Answers(FunctionReference function) => new(options =>
    {
        CodeCall call = Call(CodeOperation.Filter, function, options.TakeAll());
        return (answers, documents, cancellationToken) => Rows(
            call,
            [.. answers.Zip(documents, IReadOnlyList<object?> (given, document) => [given.Value, document.Values])],
            FilteredAnswers.From,
            cancellationToken);
    })
    {
        RunsPython = true,
    };

    /// <summary>process_results.</summary>
    internal ResultsFunction Results(FunctionReference function)
    {
        CodeCall call = Call(CodeOperation.Results, function, NoOptions);
        return new ResultsFunction((all, cancellationToken) => Rows(
            call,
            [.. all.Select(IReadOnlyList<object?> (results) => [results.Document.Values, Given(results)])],
            value => value as IReadOnlyDictionary<string, object?> ?? throw Wrong(function, value, "a dict of metrics"),
            cancellationToken))
        {
            RunsPython = true,
        };
    }

    /// <summary>A metric of completions.</summary>
    internal MetricFunction Metric(FunctionReference function) => new("generation")
    {
        RunsPython = true,
        Compute = (arguments, options, cancellationToken) => Rows(
            Call(CodeOperation.Metric, function, options),
            [.. arguments.Select(IReadOnlyList<object?> (a) => [a.References, a.Predictions])],
            value => value ?? throw Wrong(function, value, "a number or a dict of metrics"),
            cancellationToken),
    };

    /// <summary>An aggregation.</summary>
    internal AggregationFunction Aggregation(FunctionReference function) =>
        new(items => code.Once(function, [items], CancellationToken.None) switch
        {
            double number => number,
            long number => number,
            bool flag => flag ? 1 : 0,
            BigInteger number => (double)number,
            var other => throw new EvalException(ExitCode.Task, Wrong(function, other, "a number").Message),
        })
        {
            RunsPython = true,
        };

    /// <summary>
    /// What the reference gives process_results: (log-likelihood, is_greedy) of each request, or the log-likelihood of a whole text, or the
    /// one result of a completion, which is a list of texts unless a filter such as take_first left one of them.
    /// </summary>
    private static List<object?> Given(FunctionResults results) => results.Filtered is { } filtered
        ? [filtered.Value]
        : results.IsGreedy.Count > 0
            ? [.. results.LogLikelihoods.Zip(results.IsGreedy, (l, greedy) => PythonSequence.Tuple([l, greedy]))]
            : [.. results.LogLikelihoods];

    private static CodeCall Call(CodeOperation operation, FunctionReference function, IReadOnlyDictionary<string, object?> options) =>
        new(operation, [function], options);

    /// <summary>Calls the function with each row, and reads what it returns.</summary>
    private FunctionOutcome<T>[] Rows<T>(
        CodeCall call, IReadOnlyList<IReadOnlyList<object?>> rows, Func<object?, T> read, CancellationToken cancellationToken) =>
        [.. code.Rows(call, rows, cancellationToken).Select(outcome => FunctionOutcome<T>.Try(() => read(outcome.Get())))];

    /// <summary>"utils.py: process_results returned None; expected a dict of metrics".</summary>
    private static FunctionException Wrong(FunctionReference function, object? value, string expected) => new(
        $"{Path.GetFileName(function.Module)}: {function.Name[(function.Name.LastIndexOf('.') + 1)..]} returned "
        + $"{Python.TypeName(value)}; expected {expected}");
}
