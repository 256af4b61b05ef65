using EvalHarness.Files;
using EvalHarness.Nightly;

namespace EvalHarness.Tests.Nightly;

public sealed class PlanTests
{
    private static IReadOnlyList<PlanCell> Cells(string yaml) =>
        PlanCell.Of(SettingsFile.Parse<NightlyPlan>(yaml, "p", ExitCode.Usage), "p");

    [Fact]
    public void Matrix_WithExcludes_GivesCellsAndArguments()
    {
        IReadOnlyList<PlanCell> cells = Cells("""
            models:
              - {model: models/a, batch_size: auto, workers: 2, threads: 4, apply_chat_template: true}
              - {model: org/name/cpu-int4@main, devices: [cpu]}
            devices: [cpu, cuda]
            tasks:
              - {tasks: 'mmlu,gsm8k', name: core, num_fewshot: 5, limit: 100}
              - {tasks: humaneval}
            exclude: [{device: cuda, tasks: humaneval}]
            options: {allow_code_execution: true, seed: 7, download: true}
            """);
        Assert.Equal(
            ["a-cpu-core", "a-cpu-humaneval", "a-cuda-core", "cpu-int4-cpu-core", "cpu-int4-cpu-humaneval"], cells.Select(c => c.Name));
        Assert.Equal(
            "--model models/a --device cpu --tasks mmlu,gsm8k --num-fewshot 5 --limit 100 --batch-size auto --workers 2 --threads 4 " +
                "--apply-chat-template --allow-code-execution --seed 7 --download",
            string.Join(' ', cells[0].Arguments));
    }

    [Theory]
    [InlineData("models: [{model: a}]\ntasks: [{tasks: t}]\ndevices: [tpu]", "p: device tpu of model a: expected cpu, cuda or directml")]
    [InlineData("models: [{model: x/a}, {model: y/a}]\ntasks: [{tasks: t}]", "p: two cells are called a-cpu-t")]
    [InlineData("models: [{model: a}]\ntasks: [{tasks: t}]\nexclude: [{model: b}]", "p: exclude model b, device *, tasks *: fits no cell")]
    [InlineData("models: [{model: a}]\ntasks: [{tasks: t}]\nexclude: [{model: a}]", "p: the plan has no cell")]
    [InlineData("models: [{model: a}]\ntask: [{tasks: t}]", "p:2:1: there is no key task here; known are name, models, devices")]
    [InlineData("models: [{modle: a}]\ntasks: [{tasks: t}]", "p:1:11: there is no key modle here; known are model, name")]
    public void Mistake_IsOneLine(string yaml, string message) =>
        Assert.StartsWith(message, Assert.Throws<EvalException>(() => Cells(yaml)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task MachineState_BusyThrottledOrOnBattery_IsDoubted()
    {
        using var root = new TemporaryFolder();
        root.Write("proc/stat", "cpu  100 0 100 1000 0 0 0 0 0 0\n");
        root.Write("sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "3\n");
        root.Write("sys/class/power_supply/BAT0/status", "Charging\n");
        MachineState calm = await MachineState.ReadAsync(root.Path, TimeProvider.System, CancellationToken.None);
        Assert.Equal((null, 3, false), (calm.Busy, calm.Throttled, calm.OnBattery));
        Assert.Null(MachineState.Doubt(calm, calm));
        Assert.Equal(
            "timings say little: 40% of the cores were busy with other work, cores were slowed down for heat 2 times, on battery",
            MachineState.Doubt(calm with { Busy = 0.4 }, calm with { Throttled = 5, OnBattery = true }));
    }

    [Fact]
    public async Task MachineState_NoSuchFiles_KnowsNothing()
    {
        using var root = new TemporaryFolder();
        Assert.Equal(
            new MachineState(null, null, null), await MachineState.ReadAsync(root.Path, TimeProvider.System, CancellationToken.None));
    }
}
