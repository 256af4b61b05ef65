using System.Text.Json.Nodes;
using EvalHarness.Files;
using EvalHarness.Nightly.Gating;

namespace EvalHarness.Tests.Files;

public sealed class SettingsFileTests
{
    [Theory]
    [InlineData(
        "rules: [{task: mmlu, max_drop: 1}]\nrule: 3", "f:2:1: there is no key rule here; known are baseline, rules, decide,")]
    [InlineData("inconclusive: pass", "f:1:1: rules is missing here; expected a list")]
    [InlineData("rules:\n  - task: mmlu\n    max_drop: much", "f:3:15: expected a number, found much")]
    [InlineData("rules:\n  - max_slowdown: 0.5", "f:2:19: max_slowdown: 0.5: expected 1 or more")]
    [InlineData("rules:\n  - max_drop: 200", "f:2:15: max_drop: 200: expected 0 to 100")]
    [InlineData("rules: {task: mmlu}", "f:1:8: expected a list, found a map of keys")]
    [InlineData("rules: []\ninconclusive: maybe", "f:2:15: expected pass or fail, found maybe")]
    [InlineData("rules: []\nbaseline: last", "f:2:11: expected a map with run, first, last_good, median_of, found last")]
    [InlineData("rules: []\nbaseline: {median_of: 2.5}", "f:2:23: expected a whole number, found 2.5")]
    [InlineData("rules: []\nbaseline: {median_of: 4294967297}", "f:2:23: expected a whole number, found 4294967297")]
    [InlineData("rules: []\nbaseline: {last_good: yes}", "f:2:23: expected true or false, found yes")]
    [InlineData("rules:\n  - task:", "f:2:5: task has no value; expected text, or leave the key out")]
    [InlineData("rules: [", "f:2:1: no YAML:")]
    [InlineData("", "f: is empty; expected a map of keys")]
    public void Mistake_NamesFileLineAndColumn(string yaml, string message)
    {
        EvalException e = Assert.Throws<EvalException>(() => SettingsFile.Parse<GateRules>(yaml, "f", ExitCode.Usage));
        Assert.StartsWith(message, e.Message, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, e.ExitCode);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    public void DeepNesting_IsAnErrorAndNotADeadProcess(string level)
    {
        string yaml = string.Concat(Enumerable.Repeat(level, 50_000));
        EvalException e = Assert.Throws<EvalException>(() => SettingsFile.Parse<GateRules>(yaml, "f", ExitCode.Usage));
        Assert.Contains("lists and maps nest more than 64 deep", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WholeFile_IsRead()
    {
        GateRules rules = SettingsFile.Parse<GateRules>(
            "baseline: {median_of: 7}\nrules:\n  - {task: mmlu, max_drop: 0.5, min: 0.6}\n  - {max_slowdown: 1.2}\ninconclusive: fail\n" +
                "noise: [a.json]",
            "f",
            ExitCode.Usage);
        Assert.Equal(7, rules.Baseline!.MedianOf);
        Assert.Equal(("mmlu", 0.5, 0.6), (rules.Rules[0].Task, rules.Rules[0].MaxDrop, rules.Rules[0].Min));
        Assert.Equal(("*", 1.2), (rules.Rules[1].Task, rules.Rules[1].MaxSlowdown));
        Assert.Equal(WhenInconclusive.Fail, rules.Inconclusive);
    }

    [Fact]
    public void Schema_SaysWhatTheReaderTakes()
    {
        JsonObject schema = SettingsSchema.Of<GateRules>("Rules");
        JsonNode rule = schema["properties"]!["rules"]!["items"]!;
        Assert.Equal("rules", (string)schema["required"]![0]!);
        Assert.False((bool)rule["additionalProperties"]!);
        Assert.Equal(
            (0, 100), ((double)rule["properties"]!["max_drop"]!["minimum"]!, (double)rule["properties"]!["max_drop"]!["maximum"]!));
        Assert.Equal("number", (string)rule["properties"]!["max_drop"]!["type"]!);
        Assert.Contains("Largest allowed drop", (string)rule["properties"]!["max_drop"]!["description"]!, StringComparison.Ordinal);
        Assert.Equal(["pass", "fail"], schema["properties"]!["inconclusive"]!["enum"]!.AsArray().Select(v => (string)v!));
    }
}
