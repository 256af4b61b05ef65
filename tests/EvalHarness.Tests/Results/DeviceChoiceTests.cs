using System.Text.Json;
using EvalHarness.Files;
using EvalHarness.Results;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Results;

public sealed class DeviceChoiceTests
{
    private static RunOptions On(string device, RunOptions? earlier = null) => RunOptions.Of(
        new Dictionary<string, IReadOnlyList<string>>
        {
            ["--model"] = ["m"],
            ["--tasks"] = ["t"],
            ["--device"] = [device],
        },
        earlier);

    [Theory]
    [InlineData("cpu", "cpu")]
    [InlineData("cuda", "cuda")]
    [InlineData("cuda:3", "cuda", 3)]
    [InlineData("cuda:0,cuda:12", "cuda", 0, 12)]
    public void Parse_ADevice_GivesItsKindAndNumbers(string text, string kind, params int[] ids)
    {
        var device = DeviceChoice.Parse(text);
        Assert.Equal((kind, text), (device.Kind, device.ToString()));
        Assert.Equal(ids, device.Ids);
    }

    [Theory]
    [InlineData("cpu:0", "expected cpu, cuda or directml; or one of several GPUs by its number, such as cuda:0")]
    [InlineData("cuda:x", "expected cpu, cuda or directml; or one of")]
    [InlineData("cuda:-1", "expected cpu, cuda or directml; or one of")]
    [InlineData("cuda:", "expected cpu, cuda or directml; or one of")]
    [InlineData("cuda,cuda:1", "expected cpu, cuda or directml; or one of")]
    [InlineData("directml:0", "expected cpu, cuda or directml; or one of")]
    [InlineData("cuda:1,cuda:01", "names a device twice; expected each once")]
    public async Task Parse_AnythingElse_IsOneLine(string text, string message)
    {
        CommandLineResult result = await CommandLine.RunAsync("run", "--model", "m", "--tasks", "t", "--device", text);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.StartsWith($"error: --device {text}: {message}", result.ErrorLine, StringComparison.Ordinal);
    }

    /// <summary>Runs on different GPUs of a machine are the same run to all that compares, resumes or searches runs.</summary>
    [Fact]
    public void Options_OnANumberedDevice_AreThoseOfItsKind()
    {
        RunOptions plain = On("cuda"), numbered = On("cuda:1"), several = On("cuda:0,cuda:1");
        Assert.All([numbered, several], options =>
        {
            Assert.Equal("cuda", options.Device);
            Assert.Equal(plain.Hash(), options.Hash());
            Assert.Equal(plain.Deciding(), options.Deciding());
            Assert.Equal(
                JsonSerializer.Serialize(plain, ResultsJson.Indented), JsonSerializer.Serialize(options, ResultsJson.Indented));
        });
        Assert.Equal(["--model", "m", "--tasks", "t", "--device", "cuda:0,cuda:1"], several.ToArguments());
        // A resumed run may go on with another of the devices, or with the one that the runtime takes.
        Assert.Equal([2], On("cuda:2", plain).DeviceIds);
        Assert.Equal("cuda", On("cuda", several).ToArguments()[^1]);
    }

    [Theory]
    [InlineData("bench", "--model", "m")]
    [InlineData("doctor", "--model", "m")]
    [InlineData("reproduce", "--model", "m", "--as", "llama-3.1-8b")]
    public async Task Several_ForAVerbOfOneDevice_AreRefused(params string[] command)
    {
        CommandLineResult result = await CommandLine.RunAsync([.. command, "--device", "cuda:0,cuda:1"]);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.StartsWith(
            $"error: --device cuda:0,cuda:1: {command[0]} computes on one device; name one", result.ErrorLine, StringComparison.Ordinal);
    }
}
