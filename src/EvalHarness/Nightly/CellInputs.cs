using System.Security.Cryptography;
using System.Text;
using EvalHarness.Data;
using EvalHarness.Results;
using EvalHarness.Scoring;
using EvalHarness.Tasks;

namespace EvalHarness.Nightly;

/// <summary>
/// What decides a cell's numbers besides its options, as far as it can be known without reading gigabytes: hashes in lower-case
/// hexadecimal, empty where there is nothing yet.
/// </summary>
internal sealed record CellInputs
{
    /// <summary>See <see cref="FileState"/>; empty for an endpoint.</summary>
    public string Model { get; init; } = "";

    /// <summary>Over the merged definitions of all tasks, the members of all groups, and the documents that --samples chooses.</summary>
    public string Tasks { get; init; } = "";

    /// <summary>See <see cref="FileState"/>, of the splits that the tasks read.</summary>
    public string Data { get; init; } = "";

    /// <summary>See <see cref="FileState"/>, of graders, plugins, the judge and a tokenizer of its own.</summary>
    public string Programs { get; init; } = "";

    /// <summary>The version of the engine; empty where another program computes.</summary>
    public string Engine { get; init; } = "";

    /// <param name="cell">The cell.</param>
    /// <param name="tasks">What its tasks are.</param>
    /// <param name="model">Where its model is: a folder or a file; for an endpoint a path at which nothing is.</param>
    /// <param name="engine">The version of the engine that computes here; empty where another program does.</param>
    internal static CellInputs Of(PlanCell cell, TaskSelection tasks, string model, string engine)
    {
        RunOptions options = cell.Options;
        string[] programs =
        [
            .. options.Plugins, options.Tokenizer, options.Judge ?? "", .. tasks.Tasks.SelectMany(CommandGrader.Files).Distinct(),
        ];
        IEnumerable<string> groups = tasks.Groups.Select(g => $"{g.Group.Name}: {string.Join(',', g.Leaves)}");
        return new CellInputs
        {
            Model = FileState.Of(model),
            // The text of --samples says which documents of the tasks are asked.
            Tasks = Hash([.. tasks.Tasks.Select(t => $"{t.Name} {t.Sha256}"), .. groups, options.Samples ?? ""]),
            Data = Hash(SplitFiles(options, tasks).Select(FileState.Of).Where(s => s.Length > 0)),
            Programs = Hash(programs.Select(FileState.Of).Where(s => s.Length > 0)),
            Engine = engine,
        };
    }

    /// <summary>
    /// What has changed since, in words; null where nothing has. What was not there before is not a change: a run may have fetched it.
    /// </summary>
    internal string? Change(CellInputs now)
    {
        (string What, string Before, string Now)[] inputs =
        [
            ("the model's files have changed", Model, now.Model),
            ("the definitions of its tasks have changed", Tasks, now.Tasks),
            ("the data has changed", Data, now.Data),
            ("a grader, a plugin, the judge or the tokenizer has changed", Programs, now.Programs),
            ("the version of the engine has changed", Engine, now.Engine),
        ];
        return inputs.Where(i => i.Before.Length > 0 && i.Before != i.Now).Select(i => i.What).FirstOrDefault();
    }

    private static IEnumerable<string> SplitFiles(RunOptions options, TaskSelection tasks)
    {
        IReadOnlyList<string> roots = DatasetRoots.Of(options.Datasets);
        return tasks.Tasks
            .Select(t => new TaskRun(t, options.NumFewShot ?? t.NumFewShot, Seed: 0))
            .SelectMany(HubDatasets.Splits)
            .Distinct()
            .SelectMany(name => DatasetFolder.FilesThere(roots, name))
            .Distinct();
    }

    private static string Hash(IEnumerable<string> lines)
    {
        string text = string.Join('\n', lines);
        return text.Length == 0 ? "" : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
