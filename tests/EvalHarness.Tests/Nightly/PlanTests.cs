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
        // The day is fixed where there is a chat template, and nowhere else.
        Assert.DoesNotContain("--template-date", cells[3].Arguments);
        Assert.Equal(
            ["a-cpu-core", "a-cpu-humaneval", "a-cuda-core", "cpu-int4-cpu-core", "cpu-int4-cpu-humaneval"], cells.Select(c => c.Name));
        Assert.Equal(
            "--model models/a --tasks mmlu,gsm8k --limit 100 --num-fewshot 5 --device cpu --seed 7 --allow-code-execution " +
                "--apply-chat-template --template-date 2025-01-01 --batch-size auto --workers 2 --threads 4 --download",
            string.Join(' ', cells[0].Arguments));
    }

    /// <summary>A cell that several GPUs compute is the same measurement as on one.</summary>
    [Fact]
    public void Devices_SeveralGpusTogether_AreTheSameCellAsOne()
    {
        const string rest = "\nmodels: [{model: a, batch_size: 8}]\ntasks: [{tasks: t}]";
        PlanCell one = Assert.Single(Cells("devices: [cuda]" + rest)), two = Assert.Single(Cells("devices: ['cuda:0,cuda:1']" + rest));
        Assert.Equal((one.Name, "cuda", one.Identity), (two.Name, two.Device, two.Identity));
        Assert.Equal("--model a --tasks t --device cuda:0,cuda:1 --batch-size 8", string.Join(' ', two.Arguments));
        Assert.Equal(
            "p: two cells are called a-cuda-t and have the same options; give models or tasks a name of their own",
            Assert.Throws<EvalException>(() => Cells("devices: ['cuda:0', 'cuda:1']" + rest)).Message);
    }

    /// <summary>An option of the task entry wins over that of the model, and that over the whole plan's.</summary>
    [Fact]
    public void Options_OfTheNearestEntry_Win()
    {
        IReadOnlyList<PlanCell> cells = Cells("""
            models: [{model: a, limit: 2, seed: 2}]
            tasks: [{tasks: t, limit: 3}]
            options: {limit: 1, seed: 1, include_path: [x, y], gen_kwargs: 'temperature=0'}
            """);
        Assert.Equal(
            "--model a --tasks t --limit 3 --device cpu --seed 2 --gen-kwargs temperature=0 --include-path x --include-path y",
            string.Join(' ', Assert.Single(cells).Arguments));
    }

    /// <summary>Where a cell is computed is said by the nearest entry, and is no part of what it measures.</summary>
    [Fact]
    public void Places_OfTheNearestEntry_Win_AndDecideNothing()
    {
        PlanCell cell = Assert.Single(Cells("""
            models: [{model: a, where: slurm, parts: 8}]
            tasks: [{tasks: t, parts: 3}]
            options: {where: here, parts: 2, sbatch: ['--time=5']}
            """));
        Assert.Equal((true, 3, "Slurm, 3 parts"), (cell.Place.IsSlurm, cell.Place.Count, cell.Place.Text));
        Assert.Equal(["--time=5"], cell.Place.Sbatch!);
        PlanCell plain = Assert.Single(Cells("models: [{model: a}]\ntasks: [{tasks: t}]"));
        Assert.Equal((cell.Identity, cell.Definition, "here"), (plain.Identity, plain.Definition, plain.Place.Text));
    }

    /// <summary>Two entries of one task with other options are two runs, whose names have the hash of the options.</summary>
    [Fact]
    public void Cells_OfOneNameWithOtherOptions_GetTheirHash()
    {
        IReadOnlyList<PlanCell> cells = Cells("models: [{model: a}]\ntasks: [{tasks: t}, {tasks: t, num_fewshot: 5}, {tasks: u}]");
        Assert.Equal([$"a-cpu-t-{cells[0].Identity}", $"a-cpu-t-{cells[1].Identity}", "a-cpu-u"], cells.Select(c => c.Name));
        Assert.Equal(3, cells.Select(c => c.Identity).Distinct().Count());
    }

    [Theory]
    [InlineData("models: [{model: a, limit: 0}]\ntasks: [{tasks: t}]", "p:1:28: limit: 0: expected a whole number, 1 or more")]
    [InlineData(
        "models: [{model: a, batch_size: big}]\ntasks: [{tasks: t}]",
        "p:1:33: batch_size: big: expected a whole number, 1 to 32, or auto")]
    [InlineData(
        "models: [{model: a}]\ntasks: [{tasks: t, include_path: {}}]",
        "p:2:20: include_path: expected a list of texts, found a map of keys")]
    [InlineData(
        "models: [{model: a}]\ntasks: [{tasks: t}]\ndevices: [tpu]",
        "p: cell a-tpu-t: --device tpu: expected cpu, cuda or directml")]
    [InlineData(
        "models: [{model: a}]\ntasks: [{tasks: t}]\ndevices: ['cuda:0,cuda:1']",
        "p: cell a-cuda-t: device cuda:0,cuda:1: each GPU has a process, which")]
    [InlineData("models: [{model: x/a}, {model: y/a}]\ntasks: [{tasks: t}]", "p: two cells are called a-cpu-t")]
    [InlineData("models: [{model: a}, {model: b}]\ntasks: [{tasks: t, model_id: o/n}]", "p: model_id is the name of one model")]
    [InlineData("models: [{model: a}]\ntasks: [{tasks: t}]\nexclude: [{model: b}]", "p: exclude model b, device *, tasks *: fits no cell")]
    [InlineData("models: [{model: a}]\ntasks: [{tasks: t}]\nexclude: [{model: a}]", "p: the plan has no cell")]
    [InlineData("models: [{model: a}]\ntask: [{tasks: t}]", "p:2:1: there is no key task here; known are name, models, devices")]
    [InlineData("models: [{model: a, parts: 0}]\ntasks: [{tasks: t}]", "p:1:28: parts: 0: expected 1 to 10000")]
    [InlineData("models: [{model: a, where: moon}]\ntasks: [{tasks: t}]", "p:1:28: ")]
    [InlineData("models: [{model: a, sbatch: x}]\ntasks: [{tasks: t}]", "p:1:29: ")]
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
