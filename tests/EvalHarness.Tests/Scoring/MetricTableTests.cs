using EvalHarness.Scoring;
using EvalHarness.Scoring.Metrics;
using EvalHarness.Tasks;
using static EvalHarness.Tests.Scoring.GradingJobs;

namespace EvalHarness.Tests.Scoring;

/// <summary>What the table of metrics says is what readers, graders and aggregations do.</summary>
public sealed class MetricTableTests
{
    public static IEnumerable<object[]> Graded => MetricTable.Metrics.SelectMany(m => m.For.Select(type => (object[])[m.Name, $"{type}"]));

    public static TheoryData<string> Names => [.. MetricTable.Metrics.Select(m => m.Name)];

    public static TheoryData<string> Aggregations => [.. MetricTable.Aggregations.Select(a => a.Name)];

    /// <summary>
    /// The grader of each output type computes every metric that the table gives to it, in a form that its aggregation takes.
    /// </summary>
    [Theory]
    [MemberData(nameof(Graded))]
    public async Task Metric_IsGradedAndAggregated(string name, string type)
    {
        (IGrader grader, string yaml, Sample sample) = type switch
        {
            nameof(OutputType.MultipleChoice) =>
                (new MultipleChoiceGrader(), Choose, Choice(0, 0L, ("a", -1, true), ("b", -2, false), ("a", -3, false), ("b", -3, false))),
            nameof(OutputType.GenerateUntil) => ((IGrader)new GenerationGrader(), Generate, Answer(0, "a b c d", "a b c d")),
            nameof(OutputType.LogLikelihood) =>
                (new LogLikelihoodGrader(), $"{Generate}\noutput_type: loglikelihood", Choice(0, "a", ("a", -1, true))),
            _ => (new LogLikelihoodGrader(), $"{Generate}\noutput_type: loglikelihood_rolling", Choice(0, "a", ("a", -1, true))),
        };
        sample = type == nameof(OutputType.MultipleChoice) ? sample with { Choices = ["a", "b"] } : sample;
        GradingJob job = Job($"{yaml}\nmetric_list: [{{metric: {name}}}]", sample);
        Grade grade = (await grader.GradeAsync(job, CancellationToken.None))[0];
        object? item = grade.Scores.TryGetValue(name, out double score) ? score : grade.Items[name];
        MetricDefinition metric = Assert.Single(job.Task.Metrics);
        Assert.Equal(MetricTable.Find(name)!.Aggregation, metric.Aggregation);
        Assert.NotNull(CorpusMetric.Aggregate(metric.Aggregation, null, [item], bootstrapIterations: 0).Value);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Metric_NamesAnAggregationOfTheTable(string name) =>
        Assert.NotNull(MetricTable.FindAggregation(MetricTable.Find(name)!.Aggregation));

    /// <summary>Every aggregation of the table is computed, with a standard error exactly where the table says that it has one.</summary>
    [Theory]
    [MemberData(nameof(Aggregations))]
    public void Aggregation_IsComputed(string name)
    {
        List<object?> items = name switch
        {
            "weighted_perplexity" or "bits_per_byte" => [Pair(-1.0, 2L), Pair(-3.0, 4L), Pair(-2.0, 3L)],
            "brier_score" => [Pair(0L, Pair(0.5, 0.5)), Pair(1L, Pair(0.25, 0.75)), Pair(1L, Pair(0.5, 0.5))],
            "f1" or "matthews_corrcoef" => [Pair(0L, 1L), Pair(1L, 1L), Pair(0L, 0L)],
            "bleu" or "chrf" or "ter" => [Pair("a b c d e", "a b c d f"), Pair("a b c d", "a b c d"), Pair("x y z w", "x y z v")],
            _ => [-1.0, -2.0, -4.0],
        };
        CorpusScore score = CorpusMetric.Aggregate(name, null, items, bootstrapIterations: 100);
        Assert.NotNull(score.Value);
        Assert.Equal(MetricTable.FindAggregation(name)!.Error != ErrorMethod.None, score.StandardError is not null);
    }

    private static List<object?> Pair(object first, object second) => [first, second];
}
