using System.Diagnostics;
using System.Text.Json.Nodes;
using EvalHarness.Cli;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Nightly;

/// <summary>A folder with a small task, recorded answers to it, a plan, and the nights that tests make of it.</summary>
public abstract class NightFolder : IDisposable
{
    internal TemporaryFolder Folder { get; } = new();

    internal string Nights => Folder["nights"];

    internal string OnlyNight => Directory.GetDirectories(Nights).Single();

    internal string SmallPlan(string more = "", string tasks = "tiny")
    {
        if (!Directory.Exists(Folder["tasks"]))
            TinyData.Fill(Folder);
        return Folder.Write("plan.yaml", $$"""
            models: [{model: 'replay:{{Folder["answers.jsonl"]}}', name: replay}]
            tasks: [{tasks: {{tasks}}}]
            options: {include_path: ['{{Folder["tasks"]}}'], datasets: '{{Folder["data"]}}'}
            {{more}}

            """);
    }

    /// <summary>Changes a night's date to another day.</summary>
    internal void Age(string night, string day = "2026-01-01")
    {
        JsonNode state = JsonNode.Parse(File.ReadAllText(Path.Combine(night, "night.json")))!;
        string time = $"{day}T01:00:00+00:00";
        state["started"] = time;
        foreach (JsonNode? one in state["cells"]!.AsArray().SelectMany(c => c!["tries"]!.AsArray()))
            (one!["started"], one["seen"]) = (time, time);
        File.WriteAllText(Path.Combine(night, "night.json"), state.ToJsonString());
        Directory.Move(night, Path.Combine(Nights, day));
    }

    /// <summary>A task whose grader reads one line and then never ends.</summary>
    internal void WriteHangingTask()
    {
        string grader = Folder.Write("hang.sh", "if read -r line; then exec sleep 1000; fi");
        string task = TinyData.Task.Replace("task: tiny", "task: hang", StringComparison.Ordinal);
        Folder.Write("tasks/hang.yaml", $"{task}\ngrader_command: [sh, '{grader}']");
    }

    internal static Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    internal static async Task<(int ExitCode, string Output)> EndAsync(Process process)
    {
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }

    internal Task<CommandLineResult> NightAsync(string plan, params string[] more) =>
        CommandLine.RunAsync(["nightly", plan, "--output", Nights, .. more]);

    internal Task<CommandLineResult> SucceedAsync(string plan, params string[] more) =>
        CommandLine.SucceedAsync(["nightly", plan, "--output", Nights, .. more]);

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }
}
