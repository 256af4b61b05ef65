using System.IO.Enumeration;
using EvalHarness.Results;

namespace EvalHarness.Nightly;

/// <summary>One run of a night.</summary>
/// <param name="Name">The name of its run folder.</param>
/// <param name="Model">The name of the model.</param>
/// <param name="Device">cpu, cuda or directml.</param>
/// <param name="Tasks">The name of the entry in the plan.</param>
/// <param name="Identity">See <see cref="RunOptions.Hash"/>: runs of different nights are compared only where it is the same.</param>
/// <param name="Arguments">The arguments of <c>evalharness run</c>, without <c>--output</c>.</param>
internal sealed record PlanCell(string Name, string Model, string Device, string Tasks, string Identity, IReadOnlyList<string> Arguments)
{
    /// <summary>The model as the plan gives it: a folder, or a name.</summary>
    public required string ModelPath { get; init; }

    /// <summary>The options of the run.</summary>
    public required RunOptions Options { get; init; }

    /// <summary>
    /// Where it is computed. It decides no number: cells that differ in nothing else are the same cell, and their nights the same night.
    /// </summary>
    public PlanPlace Place { get; init; } = new();

    /// <summary>All options but the model and the device: cells in which they are the same evaluate the same tasks.</summary>
    internal string TaskOptions => string.Join('\n', (Options with { Device = "cpu" }).For("").ToArguments());

    /// <summary>Whether the run fetches from the hub what is not there yet.</summary>
    internal bool Downloads => Arguments.Contains(DownloadOption);

    /// <summary>What tells it from another cell: its name, and all that its run is given.</summary>
    internal string Definition => string.Join('\n', [Name, ModelPath, .. Arguments]);

    private const string DownloadOption = "--download";

    private const string TemplateDateOption = "--template-date";

    /// <summary>
    /// The day that chat templates see as today where the plan names none. If it were the day of the night, the prompts of a model whose
    /// template writes the date would change every night.
    /// </summary>
    private const string TemplateDate = "2025-01-01";

    /// <summary>
    /// The plan's cells: model by model, device by device, in the order of the tasks. Cells of one name that differ in their options get
    /// the hash of these options behind the name.
    /// </summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: an unknown device, two cells of one name, no cell, an exclude that fits none.
    /// </exception>
    public static IReadOnlyList<PlanCell> Of(NightlyPlan plan, string source)
    {
        if (plan.Models.Count > 1 && plan.Tasks.Select(t => t.Run).Append(plan.Options.Run).Any(o => o.ContainsKey("--model-id")))
        {
            throw new EvalException(
                ExitCode.Usage, $"{source}: model_id is the name of one model, and the plan has {plan.Models.Count}; give it to the model");
        }

        PlanCell[] all =
        [
            .. from model in plan.Models
               from device in model.Devices ?? plan.Devices
               from tasks in plan.Tasks
               select Of(plan.Options, model, device, tasks, source),
        ];
        if (plan.Exclude.FirstOrDefault(e => !all.Any(c => Fits(e, c))) is { } nothing)
        {
            throw new EvalException(
                ExitCode.Usage,
                $"{source}: exclude model {nothing.Model}, device {nothing.Device}, tasks {nothing.Tasks}: fits no cell; "
                + "correct it or take it out");
        }

        PlanCell[] cells = [.. all.Where(c => !plan.Exclude.Any(e => Fits(e, c)))];
        if (cells.Length == 0)
        {
            throw new EvalException(
                ExitCode.Usage,
                $"{source}: the plan has no cell: {plan.Models.Count} models, {plan.Tasks.Count} entries of tasks, "
                + $"{all.Length} cells of which all are excluded");
        }

        HashSet<string> shared = [.. cells.CountBy(c => c.Name).Where(n => n.Value > 1).Select(n => n.Key)];
        cells = [.. cells.Select(c => shared.Contains(c.Name) ? c with { Name = $"{c.Name}-{c.Identity}" } : c)];
        return cells.CountBy(c => c.Name).FirstOrDefault(n => n.Value > 1) is { Value: > 1, Key: var twice }
            ? throw new EvalException(
                ExitCode.Usage,
                $"{source}: two cells are called {twice[..twice.LastIndexOf('-')]} and have the same options; "
                + "give models or tasks a name of their own")
            : cells;
    }

    private static bool Fits(PlanExclude exclude, PlanCell cell) =>
        FileSystemName.MatchesSimpleExpression(exclude.Model, cell.Model)
        && FileSystemName.MatchesSimpleExpression(exclude.Device, cell.Device)
        && FileSystemName.MatchesSimpleExpression(exclude.Tasks, cell.Tasks);

    private static PlanCell Of(PlanOptions options, PlanModel model, string device, PlanTasks tasks, string source)
    {
        if (model.Model.Length == 0)
            throw new EvalException(ExitCode.Usage, $"{source}: models: model: is empty; expected a folder, or a name");
        string modelName = model.Name ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(model.Model.Split('@')[0]));
        string tasksName = tasks.Name ?? tasks.Tasks;
        var given = new Dictionary<string, IReadOnlyList<string>>(options.Run);
        foreach ((string option, IReadOnlyList<string> texts) in model.Run.Concat(tasks.Run))
            given[option] = texts;
        (given["--model"], given["--device"], given["--tasks"]) = ([model.Model], [device], [tasks.Tasks]);
        // An endpoint's server renders conversations, on its own day.
        if (!RunOptions.IsEndpoint(model.Model)
            && given.GetValueOrDefault("--apply-chat-template") is { } template && template is not ["false"])
            given.TryAdd(TemplateDateOption, [TemplateDate]);
        else
            given.Remove(TemplateDateOption);
        // Which of several equal devices computes is no part of what a cell measures.
        string kind = device.Split(':')[0];
        string name = FolderName($"{modelName}-{kind}-{tasksName}");
        try
        {
            var run = RunOptions.Of(given, earlier: null);
            if (run is { DeviceIds.Count: > 1, BatchSize: null })
            {
                throw new EvalException(
                    ExitCode.Usage,
                    $"device {device}: each GPU has a process, which would measure rates of its own and could choose other batches; "
                    + "give the model a batch_size");
            }

            return new PlanCell(name, modelName, run.Device, tasksName, run.Hash(), ArgumentsOf(given, options.Download))
            {
                ModelPath = model.Model,
                Options = run,
                Place = PlanPlace.Of(tasks, model, options),
            };
        }
        catch (EvalException e)
        {
            throw new EvalException(e.ExitCode, $"{source}: cell {name}: {e.Message}", e);
        }
    }

    private static string[] ArgumentsOf(Dictionary<string, IReadOnlyList<string>> given, bool download) =>
    [
        .. RunOptions.Declared.Where(o => given.ContainsKey(o.Name)).SelectMany(o => o.ToArguments(given[o.Name])),
        .. download ? [DownloadOption] : (string[])[],
    ];

    /// <summary>A name that every file system takes.</summary>
    private static string FolderName(string name) => string
        .Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '_'))
        .TrimStart('.');
}
