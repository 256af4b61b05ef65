using EvalHarness.Reports;
using EvalHarness.Results;

namespace EvalHarness.Tests.Reports;

public sealed class ResultsTableTests
{
    private static string Render(string method) => ResultsTable.Render(RunReport.Read($$"""
        {
          "results": {},
          "evalharness": {"rows": [{"name": "t", "alias": "t", "depth": 0, "filter": "none", "metric": "f1", "higher_is_better": true,
            "value": 0.5, "stderr": 0.001, {{method}} "n": 1000000, "errored": 0}]}
        }
        """));

    /// <summary>A standard error that lm-evaluation-harness does not print is named below the table.</summary>
    [Theory]
    [InlineData("bootstrap_counts", 100_000, "t f1: ± is from 100000 draws of the counts of labels, not of its 1000000 rows")]
    [InlineData("bootstrap_capped", 1_000, "t f1: ± is from 1000 draws of its 1000000 rows, fewer than --bootstrap-iters")]
    public void StandardError_OfOtherDraws_HasANote(string method, int draws, string note) =>
        Assert.Contains(note, Render($"\"stderr_method\": \"{method}\", \"stderr_draws\": {draws},"), StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("\"stderr_method\": \"bootstrap\", \"stderr_draws\": 1000,")]
    public void StandardError_OfTheReference_HasNone(string method) =>
        Assert.DoesNotContain("draws", Render(method), StringComparison.Ordinal);
}
