using System.IO.Enumeration;

namespace EvalHarness.Nightly;

/// <summary>One run of a night.</summary>
/// <param name="Name">Of its folder.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="Device">cpu, cuda or directml.</param>
/// <param name="Tasks">Name of the entry in the plan.</param>
/// <param name="Arguments">Of <c>evalharness run</c>, without output.</param>
public sealed record PlanCell(string Name, string Model, string Device, string Tasks, IReadOnlyList<string> Arguments)
{
    private static readonly string[] KnownDevices = ["cpu", "cuda", "directml"];

    /// <summary>The plan's cells: model by model, device by device, in the order of the tasks.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: an unknown device, two cells of one name, no cell, an exclude that fits none.</exception>
    public static IReadOnlyList<PlanCell> Of(NightlyPlan plan, string source)
    {
        PlanCell[] all =
        [
            .. from model in plan.Models
               from device in model.Devices ?? plan.Devices
               from tasks in plan.Tasks
               select Of(plan.Options, model, device, tasks),
        ];
        if (all.FirstOrDefault(c => !KnownDevices.Contains(c.Device)) is { } unknown)
            throw new EvalException(ExitCode.Usage, $"{source}: device {unknown.Device} of model {unknown.Model}: expected cpu, cuda or directml");
        if (plan.Exclude.FirstOrDefault(e => !all.Any(c => Fits(e, c))) is { } nothing)
            throw new EvalException(ExitCode.Usage, $"{source}: exclude model {nothing.Model}, device {nothing.Device}, tasks {nothing.Tasks}: fits no cell; correct it or take it out");
        PlanCell[] cells = [.. all.Where(c => !plan.Exclude.Any(e => Fits(e, c)))];
        if (cells.Length == 0)
            throw new EvalException(ExitCode.Usage, $"{source}: the plan has no cell: {plan.Models.Count} models, {plan.Tasks.Count} entries of tasks, {all.Length} cells of which all are excluded");
        return cells.CountBy(c => c.Name).FirstOrDefault(n => n.Value > 1) is { Value: > 1 } twice
            ? throw new EvalException(ExitCode.Usage, $"{source}: two cells are called {twice.Key}; give models or tasks a name of their own")
            : cells;
    }

    private static bool Fits(PlanExclude exclude, PlanCell cell) =>
        FileSystemName.MatchesSimpleExpression(exclude.Model, cell.Model) && FileSystemName.MatchesSimpleExpression(exclude.Device, cell.Device) && FileSystemName.MatchesSimpleExpression(exclude.Tasks, cell.Tasks);

    private static PlanCell Of(PlanOptions options, PlanModel model, string device, PlanTasks tasks)
    {
        string modelName = model.Name ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(model.Model.Split('@')[0])), tasksName = tasks.Name ?? tasks.Tasks;
        List<string> arguments = ["--model", model.Model, "--device", device, "--tasks", tasks.Tasks];
        void Add(string name, object? value)
        {
            if (value is not null)
                arguments.AddRange([name, FormattableString.Invariant($"{value}")]);
        }

        void Flag(string name, bool set)
        {
            if (set)
                arguments.Add(name);
        }

        Add("--num-fewshot", tasks.NumFewshot);
        Add("--limit", tasks.Limit);
        Add("--batch-size", model.BatchSize);
        Add("--workers", model.Workers);
        Add("--threads", model.Threads);
        Add("--max-length", model.MaxLength);
        Flag("--apply-chat-template", model.ApplyChatTemplate);
        Add("--system-instruction", model.SystemInstruction);
        Add("--datasets", options.Datasets);
        foreach (string path in options.IncludePath)
            Add("--include-path", path);
        foreach (string plugin in options.Plugin)
            Add("--plugin", plugin);
        Flag("--allow-code-execution", options.AllowCodeExecution);
        Add("--sandbox", options.Sandbox);
        Add("--seed", options.Seed);
        Flag("--download", options.Download);
        return new PlanCell(FolderName($"{modelName}-{device}-{tasksName}"), modelName, device, tasksName, arguments);
    }

    /// <summary>A name that every file system takes.</summary>
    private static string FolderName(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '_')).TrimStart('.');
}
