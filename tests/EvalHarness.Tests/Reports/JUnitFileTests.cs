using System.Xml.Linq;
using EvalHarness.Reports;

namespace EvalHarness.Tests.Reports;

/// <summary>
/// What the two JUnit schemas in use demand: Apache Ant's (every element and attribute below, and none at the root) and that of Jenkins'
/// xunit plugin (junit-10.xsd, which knows all of these).
/// </summary>
public sealed class JUnitFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private async Task<XElement> WriteAsync(params JUnitCase[] cases)
    {
        await JUnitFile.WriteAsync(_folder["junit.xml"], cases, DateTimeOffset.UnixEpoch);
        return XDocument.Load(_folder["junit.xml"]).Root!;
    }

    [Fact]
    public async Task Write_AnyCases_HasWhatTheSchemasDemand()
    {
        XElement root = await WriteAsync(
            new JUnitCase("a", "fine", 1.5),
            new JUnitCase("a", "lost", Failure: "less"),
            new JUnitCase("b", "open", 0.25, Skipped: "too few"),
            new JUnitCase("b", "broken", Error: "no \u0001control \ud800 half"));
        Assert.Equal("testsuites", root.Name.LocalName);
        Assert.Empty(root.Attributes());
        string[] attributes = ["name", "package", "id", "hostname", "timestamp", "tests", "failures", "errors", "skipped", "time"];
        Assert.All(root.Elements(), suite => Assert.Equal(attributes, suite.Attributes().Select(a => a.Name.LocalName)));
        Assert.All(
            root.Elements(),
            suite => Assert.Equal(
                ["properties", "testcase", "testcase", "system-out", "system-err"], suite.Elements().Select(e => e.Name.LocalName)));
        Assert.Equal(["0", "1"], root.Elements().Select(suite => suite.Attribute("id")!.Value));
        Assert.Equal(["1.500", "0.250"], root.Elements().Select(suite => suite.Attribute("time")!.Value));
        Assert.Equal("1970-01-01T00:00:00", root.Elements().First().Attribute("timestamp")!.Value);
        Assert.All(
            root.Descendants("testcase"),
            one => Assert.Equal(["classname", "name", "time"], one.Attributes().Select(a => a.Name.LocalName)));
        Assert.Equal("no control \ufffd half", root.Descendants("error").Single().Attribute("message")!.Value);
    }

    [Fact]
    public async Task Write_File_HasNoByteOrderMark()
    {
        await WriteAsync(new JUnitCase("a", "fine"));
        Assert.Equal((byte)'<', (await File.ReadAllBytesAsync(_folder["junit.xml"]))[0]);
    }

    public void Dispose() => _folder.Dispose();
}
