using System.CommandLine;
using System.Text.Json;
using EvalHarness.Engines;
using EvalHarness.Files;
using EvalHarness.OnnxRuntimeGenAI.Engine;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Reports;
using EvalHarness.Results;
using EvalHarness.Sandbox;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness doctor</c>.</summary>
internal static class DoctorCommand
{
    private sealed record Finding(string What, bool Works, string Detail);

    internal static Command Create(TextWriter output)
    {
        var model = new Option<string?>("--model", "-m") { Description = "Model folder to load and test as well", HelpName = "DIR" };
        var run = RunArguments.Only("--device");
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "doctor",
            $"""
            Checks what works on this machine: package versions, devices, sandboxes, free disk space, and a model if --model names one.

            Examples:
              {Invocation.Command} doctor
              {Invocation.Command} doctor --model models/phi-4-mini-int4
            """) { model, run.All.Single(), json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            List<Finding> findings = await ExamineAsync(cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(model) is { } folder)
                findings.AddRange(await ExamineModelAsync(folder, run.Read(parsed), cancellationToken).ConfigureAwait(false));
            await output.WriteAsync(parsed.GetValue(json) ? Json(findings) : Table(findings)).ConfigureAwait(false);
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static async Task<List<Finding>> ExamineAsync(CancellationToken cancellationToken)
    {
        Machine machine = await Machine.DescribeAsync(cancellationToken).ConfigureAwait(false);
        var findings = new List<Finding>
        {
            new("machine", true, $"{machine.Cpu}, {machine.Cores} cores, {machine.Memory >> 20} MiB, {machine.System}"),
            new("EvalHarness", true, $"{EngineFactory.Versions["EvalHarness"]} on .NET {EngineFactory.Versions[".NET"]}"),
            new("Parquet.Net", true, EngineFactory.Versions["Parquet"]),
            new("ONNX Runtime GenAI", true, $"{GenAiRuntime.Version} on ONNX Runtime {GenAiRuntime.OnnxRuntimeVersion}"),
        };
        foreach (string device in RunOptions.Named("--device").Words!)
        {
            bool built = device == "cpu" || device == GenAiRuntime.BuiltFor;
            findings.Add(new Finding($"device {device}", built, built ? "in this build" : GenAiRuntime.Advice(device)));
        }

        findings.Add(new Finding("GPU", machine.Gpu is not null, machine.Gpu ?? "nvidia-smi finds no GPU"));
        foreach (string backend in BoxBackend.All.Where(b => b.Confines).Select(b => b.Name).Distinct())
            findings.Add(await ExamineSandboxAsync(backend, cancellationToken).ConfigureAwait(false));
        findings.Add(Disk());
        return findings;
    }

    private static async Task<Finding> ExamineSandboxAsync(string backend, CancellationToken cancellationToken)
    {
        (ProgramSandbox? sandbox, string problem) = await ProgramSandbox.TryOpenAsync(backend, [], cancellationToken).ConfigureAwait(false);
        if (sandbox is null)
            return new Finding($"sandbox {backend}", false, problem);
        await using (sandbox.ConfigureAwait(false))
            return new Finding($"sandbox {backend}", true, sandbox.Description);
    }

    private static Finding Disk()
    {
        var drive = new DriveInfo(Directory.GetCurrentDirectory());
        return new Finding("disk", drive.AvailableFreeSpace > 1L << 30, $"{drive.AvailableFreeSpace >> 20} MiB free in the current folder");
    }

    private static async Task<List<Finding>> ExamineModelAsync(string folder, RunOptions run, CancellationToken cancellationToken)
    {
        GenAiEngine engine = await GenAiEngine.LoadAsync(folder, EngineFactory.OnDevice(run), cancellationToken).ConfigureAwait(false);
        await using (engine.ConfigureAwait(false))
        {
            EngineDescription model = engine.Description;
            return
            [
                new Finding(
                    "model",
                    true,
                    $"{model.ModelName} on {model.Device}, {model.Files.Sum(f => f.Bytes) >> 10} KiB in {model.Files.Count} files"),
                .. model.Settings.Select(s => new Finding($"model: {s.Key}", s.Value != "refused or wrong", s.Value)),
            ];
        }
    }

    private static string Table(List<Finding> findings)
    {
        var table = new TextTable(("What", false), ("Works", false), ("Detail", false));
        foreach (Finding finding in findings)
            table.Add(finding.What, finding.Works ? "yes" : "no", finding.Detail);
        return table.ToString();
    }

    private static string Json(List<Finding> findings) => JsonSerializer.Serialize(findings, ResultsJson.Indented) + "\n";
}
