using System.Text.RegularExpressions;
using EvalHarness.Pythonic;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Scoring;

/// <summary>
/// Compares completions with targets. exact_match is 1 if both texts are the same after the metric's normalisations
/// (regexes_to_ignore, ignore_case, ignore_punctuation, ignore_numbers). If there are several targets, any of them suffices; if there
/// are several answers, the score is the share of right ones. bleu, chrf and ter are computed over the whole task, and bypass
/// compares nothing.
/// </summary>
/// <remarks>
/// Source: the behaviour of lm-evaluation-harness's generate_until, whose exact_match comes from Hugging Face evaluate.
/// </remarks>
internal sealed class GenerationGrader : IGrader
{
    /// <summary>Python's string.punctuation.</summary>
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    private static readonly HashSet<string> Options = ["regexes_to_ignore", "ignore_case", "ignore_punctuation", "ignore_numbers"];

    public string Name => "generation";

    public Task<IReadOnlyList<Grade>> GradeAsync(GradingJob job, CancellationToken cancellationToken)
    {
        MetricTable.Check(job.Task, Name);
        Func<string, string>? normalise = job.Task.Metrics.FirstOrDefault(m => m.Name == "exact_match") is { } exact
            ? Normalisation(job.Task, exact)
            : null;
        MetricDefinition[] computed = [.. job.Task.Metrics.Where(m => m.Computed?.Compute is not null)];
        MetricDefinition[] own = [.. job.Task.Metrics.Except(computed)];
        Grade[] grades =
        [
            .. job.Samples.Select(sample => Problem(sample) is { } problem ? Grade.Failed(problem) : GradeOne(sample, own, normalise)),
        ];
        foreach (MetricDefinition metric in computed)
        {
            int[] left = [.. Enumerable.Range(0, grades.Length).Where(i => grades[i].Error is null)];
            IReadOnlyList<FunctionOutcome<IReadOnlyDictionary<string, object?>>> outcomes =
                new ComputedMetric(job.Task, metric).Of([.. left.Select(i => job.Samples[i])], cancellationToken);
            foreach ((int i, FunctionOutcome<IReadOnlyDictionary<string, object?>> outcome) in left.Zip(outcomes))
                grades[i] = Joined(grades[i], FunctionGrade.Of(job.Task, outcome));
        }

        return Task.FromResult<IReadOnlyList<Grade>>(grades);
    }

    /// <summary>The later one counts where both have a metric.</summary>
    private static Grade Joined(Grade grade, Grade other) => other.Error is not null ? other : new Grade
    {
        Scores = Joined(grade.Scores, other.Scores),
        Items = Joined(grade.Items, other.Items),
    };

    private static Dictionary<string, T> Joined<T>(IReadOnlyDictionary<string, T> values, IReadOnlyDictionary<string, T> others)
    {
        var joined = new Dictionary<string, T>(values);
        foreach ((string metric, T value) in others)
            joined[metric] = value;
        return joined;
    }

    /// <summary>Why a sample cannot be graded; null if it can.</summary>
    private static string? Problem(Sample sample)
    {
        if (sample.Answers.Count == 0)
            return "the filters left no answer";
        return sample.Choices.Count > 0 && PythonInteger.From(sample.Target) is { } chosen
            && (chosen >= sample.Choices.Count || chosen < -sample.Choices.Count)
                ? $"the target is choice {chosen} of {sample.Choices.Count}"
                : null;
    }

    private static Grade GradeOne(Sample sample, IReadOnlyList<MetricDefinition> metrics, Func<string, string>? normalise)
    {
        string[] targets = sample.Target switch
        {
            var target when sample.Choices.Count > 0 && PythonInteger.From(target) is { } index =>
                [sample.Choices[(int)(index.Sign < 0 ? index + sample.Choices.Count : index)]],
            IReadOnlyList<object?> list when sample.MultipleTargets => Comparable(list),
            // The reference makes a list of the one text among lists, and that is a list of its characters.
            string text when sample.MultipleTargets => [.. text.EnumerateRunes().Select(r => r.ToString())],
            var target => [Python.Str(target)],
        };
        try
        {
            var scores = new Dictionary<string, double>();
            var items = new Dictionary<string, object?>();
            foreach (MetricDefinition metric in metrics)
            {
                if (metric.Name == "exact_match")
                {
                    int right = sample.Answers.Count(answer => targets.Any(t => normalise!(t) == normalise(answer)));
                    scores[metric.Name] = sample.MultipleTargets ? (right > 0 ? 1 : 0) : (double)right / sample.Answers.Count;
                }
                else if (metric.Name == "bypass")
                {
                    items[metric.Name] = null;
                }
                else
                {
                    object references = targets.Length == 1 ? targets[0] : targets.ToList<object?>();
                    items[metric.Name] = new List<object?> { references, sample.Answers[0] };
                }
            }

            return new Grade { Scores = scores, Items = items };
        }
        catch (RegexMatchTimeoutException e)
        {
            return Grade.Failed($"regexes_to_ignore: '{e.Pattern}' took more than {e.MatchTimeout.TotalSeconds:0} s on this answer");
        }
    }

    /// <summary>
    /// The targets as NumPy compares them with texts: numbers beside a text are texts, and numbers alone, or tuples, equal none.
    /// </summary>
    private static string[] Comparable(IReadOnlyList<object?> targets) =>
        targets.Any(t => t is string) && targets.All(t => t is string or double || PythonInteger.Is(t))
            ? [.. targets.Select(Python.Str)]
            : [.. targets.OfType<string>()];

    private static Func<string, string> Normalisation(TaskDefinition task, MetricDefinition metric)
    {
        string where = $"{task.Source}: task {task.Name}, metric {metric.Name}";
        if (metric.Options.Keys.FirstOrDefault(o => !Options.Contains(o)) is { } unknown)
            throw new EvalException(ExitCode.Task, $"{where}: unknown option {unknown}; known are {string.Join(", ", Options)}");
        var patterns = metric.Options.GetValueOrDefault("regexes_to_ignore") as IReadOnlyList<object?> ?? [];
        Regex[] ignored = [.. patterns.Select(p => PythonRegex.Compile(Python.Str(p), where))];
        // Any value that Python takes for true, such as the text that YAML makes of a flag with a list below it in afriqa.
        bool Flag(string name) => Python.IsTrue(metric.Options.GetValueOrDefault(name));
        bool ignoreCase = Flag("ignore_case"), ignorePunctuation = Flag("ignore_punctuation"), ignoreNumbers = Flag("ignore_numbers");
        return text =>
        {
            foreach (Regex regex in ignored)
                text = regex.Replace(text, "");
            // Hugging Face evaluate holds the texts in NumPy arrays at this point, and those drop trailing NUL characters.
            text = text.TrimEnd('\0');
            if (ignoreCase)
                text = text.Lower();
            if (ignorePunctuation)
                text = string.Concat(text.Where(c => !Punctuation.Contains(c, StringComparison.Ordinal)));
            if (ignoreNumbers)
                text = string.Concat(text.Where(c => !char.IsAsciiDigit(c)));
            return text;
        };
    }
}
