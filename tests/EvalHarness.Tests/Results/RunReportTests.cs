using EvalHarness.Results;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Results;

/// <summary>results.json is read by the record that writes it.</summary>
public sealed class RunReportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private RunReport Read(string text)
    {
        _folder.Write("run/results.json", text);
        return new RunFolder(_folder["run"]).ReadResults();
    }

    [Fact]
    public async Task Report_ReadAndWritten_IsTheSameText()
    {
        TinyData.Fill(_folder, TinyData.Task + "\n  max_gen_toks: 7\nmetadata: {version: 1.0, small: 1.0e-05}");
        await CommandLine.SucceedAsync(TinyData.Run(_folder));
        string text = await File.ReadAllTextAsync(_folder["run/results.json"]);
        Assert.Contains("\"small\": 1e-05", text, StringComparison.Ordinal);
        Assert.Contains("\"version\": 1.0", text, StringComparison.Ordinal);
        Assert.Contains("\"limit\": null", text, StringComparison.Ordinal);
        RunReport report = Read(text);
        Assert.Equal(text, report.ToJson() + "\n");
        TaskConfig config = report.Config("tiny");
        Assert.Equal((true, false, "7"), (config.Generates, config.DrawsSamples, config.MaxTokens));
        Assert.Equal((6, 0), (report.Available("tiny"), report.Shots("tiny")));
        Assert.Equal(["tiny"], report.Leaves("tiny"));
        Assert.Equal("1.0", Assert.Single(report.Rows).Version.ToString());
    }

    /// <summary>What an imported run has, with a key that no version knows.</summary>
    [Fact]
    public void Report_KeysThatAreMissing_HaveDefaults()
    {
        RunReport report = Read("""
            {
              "results": {"t": {"name": "t", "alias": "t", "sample_len": 2, "acc,none": 1E-05, "acc_stderr,none": "N/A"}},
              "unknown": 1,
              "evalharness": {"rows": [{"name": "t", "alias": "t", "depth": 0, "filter": "none", "metric": "acc",
                "higher_is_better": true, "value": 1E-05, "n": 2, "errored": 0}]}
            }
            """);
        Assert.Null(report.Members("t"));
        Assert.Null(report.Available("t"));
        Assert.Null(report.Shots("t"));
        Assert.True(report.Config("t").Generates);
        Assert.Equal((0, 0, 1), (report.Harness.Seconds.Total, report.Harness.Errored.Count, report.Harness.Usage.Workers));
        Assert.Null(report.Harness.Cost.Decode);
        Assert.Equal(("", null, null), (report.Rows[0].Version.ToString(), report.Rows[0].NumFewShot, report.Rows[0].StandardError));
        Assert.Contains("\"acc,none\": 1E-05", report.ToJson(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"results": {}}""")]
    [InlineData("""{"results": {}, "evalharness": null}""")]
    [InlineData("""{"results": {}, "evalharness": {}}""")]
    [InlineData("""{"results": {}, "evalharness": {"rows": null}}""")]
    [InlineData("""{"results": {}, "evalharness": {"rows": [null]}}""")]
    [InlineData("""{"results": {}, "evalharness": {"rows": [{"name": "t"}]}}""")]
    [InlineData("""{"results": {}, "evalharness": {"rows": [], "errored": {"t": "many"}}}""")]
    [InlineData("""{"results": {}, "evalharness": {"rows": [], "work": {"t": {}}}}""")]
    [InlineData("""{"results": {}, "group_subtasks": {"g": 1}, "evalharness": {"rows": []}}""")]
    public void Report_OfAnotherShape_IsDamaged(string text)
    {
        EvalException e = Assert.Throws<EvalException>(() => Read(text));
        Assert.Equal(ExitCode.Output, e.ExitCode);
        Assert.Contains("results.json: damaged: ", e.Message, StringComparison.Ordinal);
    }

    /// <summary>A group that is among its own members, as a damaged file may say, does not keep the program busy for ever.</summary>
    [Fact]
    public void Members_OfAGroupInACircle_AreItsTasks()
    {
        RunReport report = Read("""
            {"results": {}, "group_subtasks": {"g": ["h", "t"], "h": ["g", "u", "t"]}, "evalharness": {"rows": []}}
            """);
        Assert.Equal(["u", "t"], report.Members("g")!);
        Assert.Null(report.Members("t"));
        Assert.Equal(["t"], report.Leaves("t"));
    }

    public void Dispose() => _folder.Dispose();
}
