using EvalHarness.Data;
using EvalHarness.Pythonic;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Code;

namespace EvalHarness.Running;

/// <summary>Calls the Python functions of tasks with rows, real or made up, to see whether they run at all.</summary>
/// <param name="code">Runs them.</param>
internal sealed class MadeUpCalls(BoxedCode code)
{
    /// <summary>In the order in which a run calls them: what one returns is given to the next.</summary>
    private static readonly string[] Order = ["process", "fields", "samples", "filter", "results", "metric", "aggregation"];

    /// <summary>By the request, because many tasks name the same function.</summary>
    private readonly Dictionary<string, object> _called = [];

    /// <param name="task">The task.</param>
    /// <param name="row">A row of its data after process_docs; null where none is at hand.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Task"/>: a function fails with every row that was tried, or uses a module that is not there.
    /// </exception>
    internal void Call(TaskDefinition task, Document? row, CancellationToken cancellationToken)
    {
        object? document = row?.Values;
        IReadOnlyDictionary<string, object?> scores = new Dictionary<string, object?>();
        foreach (BoxedCall call in task.BoxedCalls.OrderBy(c => Array.IndexOf(Order, c.Call)))
        {
            if (call.Call == "process" && row is not null)
                continue;
            object? value = Call(call, Hints(call, task, document, scores), cancellationToken);
            if (call.Call == "process")
                document = value as IReadOnlyDictionary<string, object?> ?? document;
            if (call.Call == "results")
                scores = value as IReadOnlyDictionary<string, object?> ?? scores;
        }
    }

    private static Dictionary<string, object?> Hints(
        BoxedCall call, TaskDefinition task, object? document, IReadOnlyDictionary<string, object?> scores)
    {
        var hints = new Dictionary<string, object?>();
        if (document is not null && call.Call is "fields" or "results" or "filter")
            hints["row"] = document;
        if (call.Options.Count > 0)
            hints["options"] = call.Options;
        if (call.Call == "results")
        {
            hints["output"] = task.OutputType switch
            {
                OutputType.MultipleChoice => "multiple_choice",
                OutputType.LogLikelihood => "loglikelihood",
                OutputType.RollingLogLikelihood => "loglikelihood_rolling",
                _ => "generate_until",
            };
        }

        if (call.Metric is { } metric && scores.TryGetValue(metric, out object? item))
            hints["items"] = new List<object?> { new List<object?> { item, item, item } };
        return hints;
    }

    private object? Call(BoxedCall call, Dictionary<string, object?> hints, CancellationToken cancellationToken)
    {
        string key = $"{call.Function.Module} {call.Function.Name} {call.Call} {Python.Repr(hints)}";
        if (!_called.TryGetValue(key, out object? outcome))
            _called[key] = outcome = Ask(call, hints, cancellationToken);
        return outcome is EvalException e ? throw new EvalException(e.ExitCode, e.Message, e.InnerException) : ((Answer)outcome).Value;
    }

    private sealed record Answer(object? Value);

    private object Ask(BoxedCall call, Dictionary<string, object?> hints, CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyDictionary<string, object?> answer = code.Probe(call.Function, call.Call, hints, cancellationToken);
            return code.Record.StandIns(call.Function) is [var use, ..]
                ? new EvalException(
                    ExitCode.Task, $"{use.File}:{use.Line}: {use.Module} is not there", new CodeFailure("missing-module", use.Module))
                : new Answer(answer.GetValueOrDefault("value"));
        }
        catch (EvalException e) when (e.ExitCode == ExitCode.Task)
        {
            return code.Record.StandIns(call.Function) is [var use, ..]
                ? new EvalException(ExitCode.Task, e.Message, new CodeFailure("missing-module", use.Module))
                : e;
        }
    }
}
