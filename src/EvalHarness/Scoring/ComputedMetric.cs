using EvalHarness.Pythonic;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Scoring;

/// <summary>
/// A metric of completions that a task file names as a Python function. It is given one reference and one prediction at a time; of a
/// document with several targets, any suffices.
/// </summary>
/// <remarks>Source: the behaviour of lm-evaluation-harness's generate_until with a metric that is a function.</remarks>
internal sealed class ComputedMetric(TaskDefinition task, MetricDefinition metric)
{
    /// <summary>The values by metric of each sample: one of the function's own name, or those of the map that it returns.</summary>
    internal IReadOnlyList<FunctionOutcome<IReadOnlyDictionary<string, object?>>> Of(
        IReadOnlyList<Sample> samples, CancellationToken cancellationToken)
    {
        MetricArguments[][] arguments = [.. samples.Select(Arguments)];
        MetricArguments[] all = [.. arguments.SelectMany(a => a)];
        var outcomes = new Queue<FunctionOutcome<object>>(
            all.Length == 0 ? [] : metric.Computed!.Compute!(all, metric.Options, cancellationToken));
        return
        [
            .. samples.Zip(arguments, (sample, own) =>
            {
                FunctionOutcome<object>[] values = [.. own.Select(_ => outcomes.Dequeue())];
                return values.FirstOrDefault(v => v.Error is not null).Error is { } error
                    ? FunctionOutcome<IReadOnlyDictionary<string, object?>>.Failed(error)
                    : sample.MultipleTargets && sample.Choices.Count == 0 ? Any(values) : Values(values[0].Value);
            }),
        ];
    }

    private MetricArguments[] Arguments(Sample sample)
    {
        object? prediction = sample.Filtered is { } filtered ? filtered.Value : sample.Answers;
        return sample.MultipleTargets && sample.Choices.Count == 0
            ? [.. Targets(sample.Target).Select(target => new MetricArguments([target], [prediction]))]
            : [new MetricArguments([Reference(sample, prediction)], [prediction])];
    }

    /// <summary>A text among targets that are lists is, as a list, its characters.</summary>
    private static IEnumerable<object?> Targets(object? target) => target switch
    {
        IReadOnlyList<object?> list => list,
        string text => text.EnumerateRunes().Select(r => r.ToString()),
        _ => [target],
    };

    /// <summary>The choice that the target is the index of, and otherwise the target: as text where the prediction is text.</summary>
    private object? Reference(Sample sample, object? prediction)
    {
        if (sample.Choices.Count > 0 && PythonInteger.From(sample.Target) is { } index)
            return sample.Choices[(int)(index.Sign < 0 ? index + sample.Choices.Count : index)];
        return prediction is string && task.Metrics.All(m => m.Name != "bypass") ? Python.Str(sample.Target) : sample.Target;
    }

    /// <summary>Of a map, the value of the metric's own name counts here.</summary>
    private FunctionOutcome<IReadOnlyDictionary<string, object?>> Any(FunctionOutcome<object>[] values)
    {
        bool any = false;
        foreach (object? value in values.Select(v => v.Value))
        {
            object? score = value;
            if (value is IReadOnlyDictionary<string, object?> map && !map.TryGetValue(metric.Name, out score))
            {
                return FunctionOutcome<IReadOnlyDictionary<string, object?>>.Failed(
                    $"{metric.Name} returned a map without the key {metric.Name}, which decides where a document has several targets");
            }

            any |= Python.IsTrue(score);
        }

        return Values(any ? 1.0 : 0.0);
    }

    private FunctionOutcome<IReadOnlyDictionary<string, object?>> Values(object? value)
    {
        var values = value as IReadOnlyDictionary<string, object?> ?? new Dictionary<string, object?> { [metric.Name] = value };
        // Samples that are read again say no more than the name of a metric, which is then one of the task's first function.
        return values.Keys.FirstOrDefault(key => task.Metrics.All(m => m.Name != key) && MetricTable.Definition(task, key) != metric)
            is { } unknown
                ? FunctionOutcome<IReadOnlyDictionary<string, object?>>.Failed(
                    $"{metric.Name} returned {unknown} too; name that in metric_list, because an earlier metric is a function as well")
                : FunctionOutcome<IReadOnlyDictionary<string, object?>>.Of(values);
    }
}
