using EvalHarness.Files;
using EvalHarness.Sandbox;
using EvalHarness.Scoring;
using EvalHarness.Tasks;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Files;

/// <summary>Numbers that do not fit are errors wherever files give them; none is cut to 32 bits.</summary>
public sealed class WholeNumberTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(4294967297L)]
    [InlineData(-1L)]
    [InlineData(2.5)]
    [InlineData("3")]
    [InlineData(null)]
    public void From_ValueThatDoesNotFit_IsNull(object? value) => Assert.Null(WholeNumber.From(value));

    [Theory]
    [InlineData("processes: 4294967297", "limits: processes: found 4294967297; expected a whole number, 0 to 2147483647")]
    [InlineData("seconds: 9223372036854775807", "limits: seconds: found 9223372036854775807; expected a whole number")]
    [InlineData("memory_mib: 2.5", "limits: memory_mib: found 2.5; expected a whole number")]
    public void Language_LimitThatDoesNotFit_IsAnError(string limit, string message)
    {
        string file = _folder.Write("l.yaml", $"language: l\nprogram: p\ncommand: [c]\nlimits: {{{limit}}}");
        EvalException e = Assert.Throws<EvalException>(() => LanguageReader.Get(file, "here"));
        Assert.Equal(ExitCode.Task, e.ExitCode);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[4294967297]", "k: found 4294967297; expected a whole number, 1 to 2147483647")]
    [InlineData("0", "k: found 0; expected a whole number, 1 to 2147483647")]
    [InlineData("1.5", "k: found 1.5; expected a whole number, 1 to 2147483647")]
    public async Task PassAtK_KThatDoesNotFit_IsAnError(string k, string message)
    {
        string task = $"{TinyData.Task}\ngrader: code_execution\nmetric_list: [{{metric: pass_at_k, k: {k}}}]";
        _folder.Write("tasks/tiny.yaml", task);
        TaskDefinition definition = Assert.Single(TaskCatalog.Load([_folder["tasks"]]).Select(["tiny"]).Tasks);
        var job = new GradingJob { Task = definition, Filter = "none", Samples = [] };
        EvalException e = await Assert.ThrowsAsync<EvalException>(
            () => new CodeExecutionGrader().GradeAsync(job, CancellationToken.None));
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("4294967297")]
    [InlineData("2.5")]
    [InlineData("-1")]
    [InlineData("1e400")]
    public async Task ModelConfig_ContextLengthThatDoesNotFit_IsAnError(string length)
    {
        string config = """{"model": {"type": "llama", "context_length": LENGTH, "vocab_size": 5, "eos_token_id": 2}}""";
        _folder.Write("model/genai_config.json", config.Replace("LENGTH", length, StringComparison.Ordinal));
        CommandLineResult result = await CommandLine.RunAsync("inspect", _folder["model"]);
        Assert.Equal((int)ExitCode.Model, result.ExitCode);
        Assert.Contains(
            $"context_length is {length}, expected a whole number, 1 to 2147483647", result.ErrorLine, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
