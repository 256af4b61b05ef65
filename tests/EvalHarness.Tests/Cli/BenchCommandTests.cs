using System.Text.Json.Nodes;
using EvalHarness.OnnxRuntimeGenAI.Bench;
using EvalHarness.Tests.Sandbox;

namespace EvalHarness.Tests.Cli;

[Trait("Speed", "slow")]
public sealed class BenchCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [SharedFact]
    public async Task Bench_Json_HasEachRowWithItsMeasurements()
    {
        CommandLineResult result = await CommandLine.SucceedAsync(
            "bench", "--model", Shared.Model("int4"), "--prompt-lengths", "1,33,600", "--batch-sizes", "1,3", "--generate", "4",
            "--repeat", "3", "--json");
        JsonNode report = JsonNode.Parse(result.Output)!["report"]!;
        // Read, because the length of a link is that of its text.
        Assert.Equal(Directory.EnumerateFiles(Shared.Model("int4")).Sum(f => File.ReadAllBytes(f).LongLength), (long)report["disk_bytes"]!);
        Assert.True((double)report["load_seconds"]! > 0);
        Assert.InRange((long)report["peak_memory"]!, 10L << 20, 10L << 30);
        JsonArray rows = report["rows"]!.AsArray();
        Assert.Equal(
            [(1, 1), (33, 1), (600, 1), (1, 3), (33, 3), (600, 3)], rows.Select(r => ((int)r!["prompt_length"]!, (int)r["batch_size"]!)));
        string[] quantities = ["prefill", "first_token", "decode"];
        Assert.All(rows.SelectMany(row => quantities.Select(quantity => row![quantity]!)), measured =>
        {
            double[] samples = [.. measured["samples"]!.AsArray().Select(s => (double)s!)];
            Assert.Equal(3, samples.Length);
            Assert.Equal(
                (samples.Min(), samples.Order().ElementAt(1), samples.Max()),
                ((double)measured["low"]!, (double)measured["median"]!, (double)measured["high"]!));
            Assert.True(samples.Min() > 0);
        });
        // The tokens of the prompts over the time to the first token are the prefill rate: the shortest time gives the highest rate.
        Assert.All(rows, row => Assert.Equal(
            (int)row!["batch_size"]! * (int)row["prompt_length"]! / (double)row["first_token"]!["low"]!,
            (double)row["prefill"]!["high"]!,
            1e-3));
    }

    [SharedFact]
    public async Task Bench_Table_SaysWhatItMeasured()
    {
        CommandLineResult result = await CommandLine.SucceedAsync(
            "bench", "--model", Shared.Model("int4"), "--prompt-lengths", "16", "--generate", "2", "--repeat", "1");
        Assert.Contains("Decode tokens/s", result.Output, StringComparison.Ordinal);
        Assert.Contains("stories260k-int4 on cpu: 0.9 MB on disk", result.Output, StringComparison.Ordinal);
        Assert.Equal("", result.Error);
    }

    /// <summary>
    /// In a process of its own, because the memory of all its descendants is measured, and other tests start processes too.
    /// </summary>
    [ToolFact("python3")]
    public void Bench_Sandbox_HasPlainColdAndWarm()
    {
        (int exitCode, string output, string error) = ExternalProgram.Run(
            "dotnet",
            [typeof(EvalHarness.Cli.Program).Assembly.Location, "bench", "--sandbox", "auto", "--repeat", "2", "--json"],
            _folder.Path);
        Assert.True(exitCode == 0, error);
        JsonArray rates = JsonNode.Parse(output)!["rates"]!.AsArray();
        Assert.Equal(3, rates.Count);
        Assert.All(rates, r => Assert.Equal(2, r!["per_second"]!.AsArray().Count(v => (double)v! > 0)));
        Assert.InRange((long)rates[2]!["memory"]!, 5L << 20, 1L << 30);
    }

    [ToolFact("python3")]
    public async Task Bench_SandboxAndModel_IsRefused()
    {
        CommandLineResult both = await CommandLine.RunAsync("bench", "--sandbox", "auto", "--model", "x");
        Assert.Equal(
            (2, "error: bench measures one thing at a time: expected --model DIR or --sandbox NAME"), (both.ExitCode, both.ErrorLine));
    }

    [ToolFact("python3")]
    public async Task Bench_SandboxWithoutRepeats_IsRefused()
    {
        CommandLineResult result = await CommandLine.RunAsync("bench", "--sandbox", "auto", "--repeat", "0");
        Assert.Contains("--repeat 0: expected 1 or more", result.ErrorLine, StringComparison.Ordinal);
    }

    [SharedTheory]
    [InlineData("--prompt-lengths", "9000", "expected 1 to 8160")]
    [InlineData("--prompt-lengths", "0", "expected numbers above 0")]
    [InlineData("--batch-sizes", "33", "expected 1 to 32")]
    [InlineData("--generate", "1", "expected 2 or more")]
    [InlineData("--repeat", "0", "expected 1 or more")]
    public async Task Bench_WrongNumbers_AreRefused(string option, string value, string expected)
    {
        CommandLineResult result = await CommandLine.RunAsync("bench", "--model", Shared.Model("int4"), option, value);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(expected, result.ErrorLine, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { 3.0, 1.0, 2.0 }, 2.0)]
    [InlineData(new[] { 4.0, 1.0, 2.0, 3.0 }, 2.5)]
    public void Measured_Median(double[] samples, double median) =>
        Assert.Equal(
            (median, samples.Min(), samples.Max()), (Measured.Of(samples).Median, Measured.Of(samples).Low, Measured.Of(samples).High));

    /// <summary>Energy is the sum of two packages, of which one counter wraps around; a package's counter includes its cores.</summary>
    [Fact]
    public void EnergyMeter_Rapl_AddsPackagesAndRunsOverTheEnd()
    {
        Domain("intel-rapl:0", "package-0", 9_000_000);
        Domain("intel-rapl:0:0", "core", 5_000_000);
        Domain("intel-rapl:1", "package-1", 1_000_000);
        using EnergyMeter meter = EnergyMeter.Open(_folder.Path)!;
        Assert.Contains("RAPL", meter.Source, StringComparison.Ordinal);
        double before = meter.Joules();
        Domain("intel-rapl:0", "package-0", 500_000);
        Domain("intel-rapl:0:0", "core", 6_000_000);
        Domain("intel-rapl:1", "package-1", 3_000_000);
        // 1.5 J over the end at 10 J, and 2 J.
        Assert.Equal(3.5, meter.Joules() - before, 1e-9);
    }

    private void Domain(string folder, string name, long energy)
    {
        _folder.Write($"{folder}/name", name + "\n");
        _folder.Write($"{folder}/max_energy_range_uj", "10000000\n");
        _folder.Write($"{folder}/energy_uj", $"{energy}\n");
    }

    public void Dispose() => _folder.Dispose();
}
