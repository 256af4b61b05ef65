using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using EvalHarness.Files;
using EvalHarness.Nightly.Gating;
using EvalHarness.Results;
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
/// <remarks>
/// Source: the JUnit schema of Apache Ant as Jenkins, GitLab and Azure read it, and the one of Jenkins' xunit plugin (junit-10.xsd). The
/// first allows no attribute of the root and wants every element and attribute of a suite that is written here, also where it is empty.
/// </remarks>
internal static class JUnitFile
{
    private static readonly XmlWriterSettings Settings = new()
    {
        Async = true,
        Indent = true,
        NewLineChars = "\n",
        Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
    };

    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: cannot be written.</exception>
    public static Task WriteAsync(string path, IReadOnlyList<JUnitCase> cases, DateTimeOffset time)
    {
        IEnumerable<XElement> suites = cases.GroupBy(c => c.Suite).Select((suite, number) => new XElement(
            "testsuite",
            Attributes(suite.Key, number, [.. suite], time),
            new XElement("properties"),
            suite.Select(Case),
            new XElement("system-out"),
            new XElement("system-err")));
        var document = new XDocument(new XElement("testsuites", suites));
        return OutputFile.WriteAsync(Path.GetFullPath(path), async stream =>
        {
            await using var writer = XmlWriter.Create(stream, Settings);
            await document.SaveAsync(writer, CancellationToken.None).ConfigureAwait(false);
        });
    }

    /// <summary>
    /// The checks of a gate with the time of what they judge: the first check of a task has the seconds that the task took in its run, the
    /// first one of a group or of the whole run those of the tasks that no check before it has.
    /// </summary>
    /// <param name="checks">The checks.</param>
    /// <param name="runs">The results of each run that is judged, by its name.</param>
    public static IReadOnlyList<JUnitCase> Of(IEnumerable<GateCheck> checks, IReadOnlyDictionary<string, RunReport> runs)
    {
        var counted = new HashSet<(string, string)>();
        return
        [
            .. checks.Select(check =>
            {
                IReadOnlyDictionary<string, RunCost> work = runs[check.Cell].Harness.Work;
                IEnumerable<string> tasks = check.Task is { } task ? runs[check.Cell].Leaves(task) : work.Keys;
                string[] added = [.. tasks.Where(t => work.ContainsKey(t) && counted.Add((check.Cell, t)))];
                return Of(check) with { Seconds = added.Sum(t => work[t].Seconds.Total) };
            }),
        ];
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

    /// <summary>Of what a machine is called nothing is told.</summary>
    private static XAttribute[] Attributes(string name, int number, IReadOnlyList<JUnitCase> cases, DateTimeOffset time) =>
    [
        new("name", Text(name)),
        new("package", "EvalHarness"),
        new("id", number),
        new("hostname", "localhost"),
        new("timestamp", time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture)),
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

    /// <summary>The text without what XML cannot hold: control characters, halves of pairs, and the last two of the plane.</summary>
    private static string Text(string text) =>
        string.Concat(text.EnumerateRunes().Where(r => !Rune.IsControl(r) && r.Value is not (0xFFFE or 0xFFFF)));
}
