namespace EvalHarness.Tests.Results;

/// <summary>Compares two run folders in everything except their timings, and the order and grouping of answers.</summary>
internal static class RunComparison
{
    internal static void AssertEqual(string expected, string actual)
    {
        Assert.Equal(RunText.Results(expected), RunText.Results(actual));
        Assert.Equal(RunText.Answers(expected), RunText.Answers(actual));
        string[] tasks = RunText.Samples(expected);
        Assert.Equal(tasks, RunText.Samples(actual));
        Assert.All(tasks, task => Assert.Equal(RunText.Rows(expected, task), RunText.Rows(actual, task)));
    }
}
