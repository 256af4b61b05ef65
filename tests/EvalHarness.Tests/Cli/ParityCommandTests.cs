using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Cli;
using EvalHarness.Files;
using EvalHarness.OnnxRuntimeGenAI.Parity;
using EvalHarness.Tests.Engines;

namespace EvalHarness.Tests.Cli;

public sealed class ParityCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static string Tiny => ParityCheckTests.Tiny("fp32");

    /// <summary>The program as the tests are built with it, which stands for another build.</summary>
    private static string OtherBuild => typeof(Program).Assembly.Location;

    private static string[] Model => ["--model", Tiny];

    private static Task<CommandLineResult> RunAsync(params string[] more) =>
        CommandLine.RunAsync(
        ["parity", .. more.Contains("--model") ? [] : Model, "--max-context", "16", "--seconds", "600", .. more]);

    /// <summary>Both sides are processes of their own, and what they computed comes back with providers and versions.</summary>
    [Fact]
    public async Task Parity_OtherThreadsAndAnotherBuild_IsParity()
    {
        CommandLineResult result = await RunAsync(
            "--base-threads", "1", "--threads", "2", "--base-program", OtherBuild, "--base-session-option",
            "graph_optimization_level=ORT_DISABLE_ALL", "--json");
        Assert.True(result.ExitCode == 0, result.Error);
        ParityReport report = JsonSerializer.Deserialize<ParityReport>(result.Output, ResultsJson.Indented)!;
        Assert.Equal(ParityVerdict.Parity, report.Verdict);
        Assert.Equal((1, 2), (report.Base.Side.Threads, report.Candidate.Side.Threads));
        Assert.Equal("ORT_DISABLE_ALL", report.Base.Side.SessionOptions["graph_optimization_level"]);
        // An unoptimized graph runs more nodes: the option reached the process.
        Assert.True(report.Base.Providers.Sum(p => p.Nodes) > report.Candidate.Providers.Sum(p => p.Nodes));
        Assert.StartsWith("GenAI ", report.Base.Runtime, StringComparison.Ordinal);
        Assert.Contains(report.Candidate.Providers, p => p.Provider == "CPUExecutionProvider");
    }

    [Fact]
    public async Task Parity_Table_EndsWithTheVerdict()
    {
        CommandLineResult result = await RunAsync();
        Assert.True(result.ExitCode == 0, result.Error);
        string[] lines = result.Output.TrimEnd('\n').Split('\n');
        Assert.Matches(@"^parity up to 16 tokens: every row lies within the bound, at \S+ of it or less \(\d+ s\)$", lines[^1]);
        foreach (string group in (string[])["as a whole", "after rewinds", "in batches of 4", "the base itself, in other forms"])
            Assert.Contains(
                lines, l => l.StartsWith("|     16 |", StringComparison.Ordinal) && l.Contains(group, StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("base: ", StringComparison.Ordinal)
            && l.Contains("nodes ran on CPUExecutionProvider (100% of the time)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Parity_OneMatrixOffByAPercent_HasACodeOfItsOwn()
    {
        string faulty = ScaledModel.Write(Tiny, "layers.3.down.weight", 1.01f, Path.Combine(_folder.Path, "faulty"));
        CommandLineResult result = await RunAsync("--model", faulty, "--base-model", Tiny);
        Assert.True(result.ExitCode == (int)ExitCode.NotParity, result.Error);
        Assert.Contains("failed: as a whole, at 16 tokens: logits differ by", result.Output, StringComparison.Ordinal);
        Assert.Contains("NOT PARITY up to 16 tokens: ", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parity_OtherWeights_HasNoVerdict()
    {
        CommandLineResult result = await RunAsync("--base-model", ParityCheckTests.Tiny("int4"));
        Assert.True(result.ExitCode == (int)ExitCode.Incomparable, result.Error);
        Assert.Contains(
            "no verdict: the weights are not the same (MatMulNBits 4 bits and float32)", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--session-option", "graph_level=1", ExitCode.Usage, "there is no such session option; expected custom_ops_library")]
    [InlineData("--session-option", "log_id", ExitCode.Usage, "--session-option log_id: expected KEY=VALUE, each key once")]
    [InlineData("--provider-option", "use_tf32=0", ExitCode.Usage, "--provider-option use_tf32: the CPU's provider has no options")]
    [InlineData("--base-program", "nowhere.dll", ExitCode.Environment, "--base-program nowhere.dll: there is no such file")]
    [InlineData("--base-device", "gpu", ExitCode.Usage, "--base-device gpu: expected cpu, cuda or directml")]
    [InlineData("--base-device", "directml", ExitCode.Model, "--base-device directml: this build has the")]
    [InlineData("--seconds", "0", ExitCode.Usage, "--seconds 0: expected 1 or more")]
    [InlineData("--max-context", "8", ExitCode.Usage, "--max-context 8: expected 16 or more")]
    [InlineData("--text", "nowhere.txt", ExitCode.Data, "--text nowhere.txt: there is no such file")]
    [InlineData("--base-model", "replay:answers.jsonl", ExitCode.Usage, "replay:answers.jsonl: parity compares logits")]
    [InlineData("--base-model", "model.gguf", ExitCode.Usage, "model.gguf: parity compares logits")]
    public async Task Mistake_IsOneLine(string option, string value, ExitCode expected, string message)
    {
        CommandLineResult result = await CommandLine.RunAsync("parity", "--model", Tiny, option, value);
        Assert.Equal(expected, (ExitCode)result.ExitCode);
        Assert.Contains(message, result.ErrorLine, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData(new byte[] { 72, 0xFF, 0xFE, 105 }, ": is no UTF-8 text: ")]
    [InlineData(new byte[0], ": is empty; expected UTF-8 text")]
    public async Task Text_ThatIsNone_IsRefused(byte[] bytes, string message)
    {
        string file = _folder.Write("text.txt", "");
        await File.WriteAllBytesAsync(file, bytes);
        CommandLineResult result = await RunAsync("--text", file);
        Assert.Equal(ExitCode.Data, (ExitCode)result.ExitCode);
        Assert.Contains($"--text {file}{message}", result.ErrorLine, StringComparison.Ordinal);
    }

    /// <summary>A native crash ends the side's process alone, and a build that cannot do it says so.</summary>
    [SkippableTheory]
    [InlineData("kill -9 $$", ExitCode.Model, "the system ended its process (code 137): the native runtime crashed, or memory ran out")]
    [InlineData("echo \"Unrecognized command\" >&2; exit 2", ExitCode.Environment, "expected a build of EvalHarness that knows 'parity'")]
    public async Task BaseProgram_ThatDoesNotCompute_IsSaid(string script, ExitCode expected, string message)
    {
        Skip.If(OperatingSystem.IsWindows(), "the other build is a shell script here");
        string program = _folder.Write("other", $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        CommandLineResult result = await RunAsync("--base-program", program);
        Assert.True((int)expected == result.ExitCode, result.Error);
        Assert.Contains(message, result.ErrorLine, StringComparison.Ordinal);
    }

    /// <summary>What a side computed before the system ended its process is compared, and the crash is the reason of the verdict.</summary>
    [SkippableFact]
    public async Task BaseProgram_ThatCrashesAfterALength_LosesNothing()
    {
        Skip.If(OperatingSystem.IsWindows(), "the other build is a shell script here");
        string program = _folder.Write("other", $"#!/bin/sh\ndotnet '{OtherBuild}' \"$@\"\nkill -9 $$\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        CommandLineResult result = await RunAsync("--base-program", program);
        Assert.True(result.ExitCode == (int)ExitCode.NotParity, result.Error);
        Assert.Contains("|     16 | as a whole", result.Output, StringComparison.Ordinal);
        Assert.Contains("failed: the base: the system ended its process (code 137)", result.Output, StringComparison.Ordinal);
        Assert.Contains(", at 16 tokens\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Divergence_BaseDevice_IsThatOfTheBaseAlone()
    {
        string text = _folder.Write("t.txt", ParityCheckTests.Text);
        string[] arguments = ["divergence", "--base", Tiny, "--candidate", Tiny, "--text", text, "--context", "32", "--chunks", "1"];
        CommandLineResult same = await CommandLine.SucceedAsync([.. arguments, "--base-device", "cpu", "--json"]);
        Assert.Equal(0, JsonNode.Parse(same.Output)!["largest"]!.GetValue<double>());
        CommandLineResult other = await CommandLine.RunAsync([.. arguments, "--base-device", "directml"]);
        Assert.Equal(ExitCode.Model, (ExitCode)other.ExitCode);
        Assert.Contains("--device directml: this build has the cpu runtime", other.ErrorLine, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
