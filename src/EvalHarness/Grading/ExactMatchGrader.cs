using System.Text.RegularExpressions;
using EvalHarness.Filters;
using EvalHarness.Tasks;
using EvalHarness.Templates;

namespace EvalHarness.Grading;

/// <summary>
/// exact_match: answer and target are the same text after the metric's normalisations, applied to both: regexes_to_ignore (in
/// order, removed), ignore_case, ignore_punctuation, ignore_numbers. With several targets any one suffices.
/// </summary>
/// <remarks>Source: the behaviour of lm-evaluation-harness's exact_match (there from Hugging Face evaluate).</remarks>
public sealed class ExactMatchGrader : IGrader
{
    /// <summary>Python's string.punctuation.</summary>
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    private static readonly HashSet<string> Options = ["regexes_to_ignore", "ignore_case", "ignore_punctuation", "ignore_numbers"];

    public string Name => "exact_match";

    public Task<IReadOnlyList<Grade>> GradeAsync(GradingJob job, CancellationToken cancellationToken)
    {
        Dictionary<string, Func<string, string>> metrics = job.Task.Metrics.ToDictionary(m => m.Name, m => Normalisation(job.Task, m));
        return Task.FromResult<IReadOnlyList<Grade>>([.. job.Samples.Select(sample => GradeOne(sample, metrics))]);
    }

    private static Grade GradeOne(Sample sample, Dictionary<string, Func<string, string>> metrics)
    {
        string[] targets = sample.Target switch
        {
            long index when sample.Choices.Count > 0 && index >= 0 && index < sample.Choices.Count => [sample.Choices[(int)index]],
            IReadOnlyList<object?> list => [.. list.Select(Python.Str)],
            var target => [Python.Str(target)],
        };
        try
        {
            return new Grade
            {
                Scores = metrics.ToDictionary(m => m.Key, m => targets.Any(t => m.Value(t) == m.Value(sample.Answers[0])) ? 1.0 : 0.0),
            };
        }
        catch (RegexMatchTimeoutException e)
        {
            return Grade.Failed($"regexes_to_ignore: '{e.Pattern}' took more than {e.MatchTimeout.TotalSeconds:0} s on this answer");
        }
    }

    private static Func<string, string> Normalisation(TaskDefinition task, MetricDefinition metric)
    {
        string where = $"{task.Source}: task {task.Name}, metric {metric.Name}";
        if (metric.Name != "exact_match")
            throw new EvalException(ExitCode.Task, $"{where}: not known to exact_match; known is exact_match");
        if (metric.Options.Keys.FirstOrDefault(o => !Options.Contains(o)) is { } unknown)
            throw new EvalException(ExitCode.Task, $"{where}: unknown option {unknown}; known are {string.Join(", ", Options)}");
        var patterns = metric.Options.GetValueOrDefault("regexes_to_ignore") as IReadOnlyList<object?> ?? [];
        Regex[] ignored = [.. patterns.Select(p => PythonRegex.Compile(Python.Str(p), where))];
        bool Flag(string name) => metric.Options.GetValueOrDefault(name) is true;
        (bool ignoreCase, bool ignorePunctuation, bool ignoreNumbers) = (Flag("ignore_case"), Flag("ignore_punctuation"), Flag("ignore_numbers"));
        return text =>
        {
            foreach (Regex regex in ignored)
                text = regex.Replace(text, "");
            // The reference holds texts in numpy arrays here, which drop trailing NULs.
            text = text.TrimEnd('\0');
            if (ignoreCase)
                text = text.ToLowerInvariant();
            if (ignorePunctuation)
                text = string.Concat(text.Where(c => !Punctuation.Contains(c, StringComparison.Ordinal)));
            if (ignoreNumbers)
                text = string.Concat(text.Where(c => !char.IsAsciiDigit(c)));
            return text;
        };
    }
}
