using System.Globalization;
using System.Xml.Linq;
using EvalHarness.Files;
using EvalHarness.Nightly.Gating;
using static System.FormattableString;

namespace EvalHarness.Reports;

/// <summary>One case of a JUnit file.</summary>
/// <param name="Suite">Name of the run.</param>
/// <param name="Name">What was checked.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Failure">Why it failed; null where it did not.</param>
/// <param name="Error">What kept it from being judged; null where nothing did.</param>
/// <param name="Skipped">Why it decides nothing; null where it does.</param>
internal sealed record JUnitCase(
    string Suite, string Name, double Seconds = 0, string? Failure = null, string? Error = null, string? Skipped = null);

/// <summary>Checks as CI servers show them.</summary>
/// <remarks>Source: the JUnit schema of Apache Ant as Jenkins, GitLab and Azure read it; it has no version of its own.</remarks>
internal static class JUnitFile
{
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: cannot be written.</exception>
    public static Task WriteAsync(string path, IReadOnlyList<JUnitCase> cases, DateTimeOffset time)
    {
        IEnumerable<XElement> suites = cases.GroupBy(c => c.Suite).Select(suite => new XElement(
            "testsuite",
            Totals(suite.Key, [.. suite]),
            new XAttribute("timestamp", time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture)),
            suite.Select(Case)));
        var document = new XDocument(new XElement("testsuites", Totals("EvalHarness", cases), suites));
        return OutputFile.WriteAsync(
            Path.GetFullPath(path), stream => document.SaveAsync(stream, SaveOptions.None, CancellationToken.None));
    }

    /// <summary>A check of the gate as a case.</summary>
    public static JUnitCase Of(GateCheck check)
    {
        string interval = check.Low is null ? "" : Invariant($" [{check.Low:0.####}, {check.High:0.####}]");
        string measured = check.Measured is null ? "" : Invariant($"measured {check.Measured:0.####}{interval}; allowed: {check.Rule()}");
        string name = $"{check.Task ?? "all"} {check.Metric ?? ""} {check.Rule()}".Replace("  ", " ", StringComparison.Ordinal);
        string remark = check.Remark is null ? "" : $"; {check.Remark}";
        return new JUnitCase(check.Cell, name)
        {
            Failure = check.Verdict == GateVerdict.Regression ? $"{measured}, against {check.Baseline ?? "the limit"}{remark}" : null,
            Skipped = check.Verdict switch
            {
                GateVerdict.Inconclusive => $"inconclusive: {measured}; {check.Remark}",
                GateVerdict.NoBaseline => "no baseline yet",
                _ => null,
            },
        };
    }

    private static XAttribute[] Totals(string name, IReadOnlyList<JUnitCase> cases) =>
    [
        new("name", Text(name)),
        new("tests", cases.Count),
        new("failures", cases.Count(c => c.Failure is not null)),
        new("errors", cases.Count(c => c.Error is not null)),
        new("skipped", cases.Count(c => c.Skipped is not null)),
        new("time", Seconds(cases.Sum(c => c.Seconds))),
    ];

    private static XElement Case(JUnitCase one) => new(
        "testcase",
        new XAttribute("classname", Text(one.Suite)),
        new XAttribute("name", Text(one.Name)),
        new XAttribute("time", Seconds(one.Seconds)),
        one.Failure is null ? null : new XElement("failure", Message(one.Failure), new XAttribute("type", "regression")),
        one.Error is null ? null : new XElement("error", Message(one.Error), new XAttribute("type", "error")),
        one.Skipped is null ? null : new XElement("skipped", Message(one.Skipped)));

    private static XAttribute Message(string text) => new("message", Text(text));

    private static string Seconds(double seconds) => seconds.ToString("0.000", CultureInfo.InvariantCulture);

    /// <summary>The text without control characters, which XML cannot hold.</summary>
    private static string Text(string text) => string.Concat(text.Where(c => !char.IsControl(c)));
}
