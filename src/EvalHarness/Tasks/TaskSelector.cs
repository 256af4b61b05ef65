using System.IO.Enumeration;
using EvalHarness.Files;

namespace EvalHarness.Tasks;

/// <summary>The tasks and groups that a run evaluates.</summary>
/// <param name="Tasks">The tasks, in the order in which they are evaluated.</param>
/// <param name="Groups">The groups that report these tasks.</param>
/// <param name="LeftOut">The tasks that a glob or tag matches but that cannot run, with the reason.</param>
internal sealed record TaskSelection(
    IReadOnlyList<TaskDefinition> Tasks,
    IReadOnlyList<SelectedGroup> Groups,
    IReadOnlyList<(string Task, string Reason)> LeftOut)
{
    /// <summary>The tasks as a run evaluates them, without documents.</summary>
    /// <param name="numFewShot">The number of few-shot examples for all tasks; null for each task's own.</param>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="limit">The most documents of each task; null for all.</param>
    /// <param name="samples">The documents of some tasks; null for all.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: documents are chosen of a task that is not selected.</exception>
    public IReadOnlyList<TaskRun> Runs(int? numFewShot, long seed, int? limit = null, SampleIndices? samples = null)
    {
        if (samples?.Tasks.FirstOrDefault(name => Tasks.All(t => t.Name != name)) is { } unknown)
        {
            string selected = string.Join(", ", Tasks.Select(t => t.Name).Take(10));
            throw new EvalException(ExitCode.Usage, $"--samples names task {unknown}, which is not run; run are {selected}");
        }

        return
        [
            .. Tasks.Select(t => new TaskRun(t, numFewShot ?? t.NumFewShot, seed) { Limit = limit, Indices = samples?.Of(t.Name) }),
        ];
    }
}


/// <summary>A group in a selection.</summary>
/// <param name="Group">The definition of the group.</param>
/// <param name="Leaves">The names of its tasks at any depth, in order.</param>
/// <param name="Depth">The depth of the group: 0 for a selected group, 1 for a group inside it, and so on.</param>
public sealed record SelectedGroup(TaskGroup Group, IReadOnlyList<string> Leaves, int Depth)
{
    /// <summary>The names of its tasks and groups one level below it, in order.</summary>
    public IReadOnlyList<string> Children { get; init; } = [];
}

/// <summary>Expands names, tags and globs into tasks and groups.</summary>
internal sealed class TaskSelector(TaskCatalog catalog)
{
    private static readonly Dictionary<string, object?> None = [];

    private readonly OrderedDictionary<string, TaskDefinition> _tasks = [];
    private readonly OrderedDictionary<string, SelectedGroup> _groups = [];
    private readonly List<(string Task, string Reason)> _leftOut = [];

    internal TaskSelection Select(IEnumerable<string> names)
    {
        const StringSplitOptions trimmed = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        string[] given = [.. names.SelectMany(n => n.Split(',', trimmed))];
        // Files that are named by their path are added first, because they replace tasks of the same name.
        foreach (string name in given.SelectMany(name => IsKnown(name) ? [name] : catalog.AddPath(name) ?? [name]).ToArray())
        {
            if (IsKnown(name))
            {
                Visit(name, None, []);
                continue;
            }

            string[] matches = [.. catalog.Tagged(name)];
            foreach (string match in matches.Length > 0 ? matches : Glob(name))
                VisitIfItRuns(match);
        }

        if (_tasks.Count == 0 && _leftOut.Count > 0)
            throw new EvalException(ExitCode.Task, $"none of the {_leftOut.Count} tasks can run; the first: {_leftOut[0].Reason}");
        if (_tasks.Count == 0)
            throw new EvalException(ExitCode.Task, $"--tasks names no task; see '{Invocation.Command} list tasks'");
        return new TaskSelection([.. _tasks.Values], [.. _groups.Values], _leftOut);
    }

    private bool IsKnown(string name) => catalog.IsGroup(name) || catalog.FileOf(name) is not null;

    internal TaskSelection SelectAll()
    {
        foreach (string name in catalog.TaskNames.Concat(catalog.GroupNames))
            VisitIfItRuns(name);
        return new TaskSelection([.. _tasks.Values], [.. _groups.Values], _leftOut);
    }

    private void VisitIfItRuns(string name)
    {
        // A separate selector tries the name first, so that a group that fails midway leaves none of its tasks in the selection.
        var attempt = new TaskSelector(catalog);
        try
        {
            attempt.Visit(name, None, []);
            foreach ((string task, TaskDefinition definition) in attempt._tasks)
                CheckSame(task, definition);
        }
        catch (EvalException e) when (e.ExitCode == ExitCode.Task)
        {
            _leftOut.Add((name, e.Message));
            return;
        }

        foreach ((string task, TaskDefinition definition) in attempt._tasks)
            _tasks.TryAdd(task, definition);
        foreach ((string group, SelectedGroup selected) in attempt._groups)
            _groups.TryAdd(group, selected);
    }

    private string[] Glob(string name)
    {
        string[] known = [.. catalog.GroupNames.Concat(catalog.TaskNames)];
        string[] matches = name.Contains('*', StringComparison.Ordinal) || name.Contains('?', StringComparison.Ordinal)
            ? [.. known.Where(k => FileSystemName.MatchesSimpleExpression(name, k)).Order(StringComparer.Ordinal)]
            : [];
        if (matches.Length > 0)
            return matches;
        if (catalog.Unreadable.Count > 0)
        {
            throw new EvalException(
                ExitCode.Task,
                $"there is no task, group or tag '{name}', but {catalog.Unreadable.Count} file(s) could not be read: "
                + catalog.Unreadable[0].Message);
        }

        string[] near = [.. NearestName.Of(name, known).Take(3)];
        throw new EvalException(
            ExitCode.Task,
            $"there is no task, group or tag '{name}'; nearest are {string.Join(", ", near)}; "
            + $"see '{Invocation.Command} list tasks' (--include-path adds task files of your own)");
    }

    /// <summary>
    /// Adds the tasks that a name stands for and returns their names. The overrides replace keys of the task or group, so that the
    /// keys of an outer group replace those of an inner one.
    /// </summary>
    private List<string> Visit(string name, IReadOnlyDictionary<string, object?> overrides, IReadOnlyList<string> path)
    {
        if (catalog.FileOf(name) is { } file)
        {
            AddTask(name, overrides.Count == 0
                ? catalog.Define(name)
                : catalog.Read(file.With(overrides, $"{file.Source} (in group {path[^1]})")));
            return [name];
        }

        if (catalog.Group(name) is { } group)
            return VisitGroup(group, overrides, path);
        string[] tagged = [.. catalog.Tagged(name)];
        return tagged.Length > 0
            ? [.. tagged.SelectMany(t => Visit(t, overrides, path))]
            : throw new EvalException(ExitCode.Task, $"group {path[^1]} has a member '{name}', which is not a task, group or tag");
    }

    private List<string> VisitGroup(TaskGroup group, IReadOnlyDictionary<string, object?> overrides, IReadOnlyList<string> path)
    {
        if (path.Contains(group.Name))
            throw new EvalException(ExitCode.Task, $"{group.Source}: group {group.Name} contains itself");
        group = catalog.WithMetadata(group);
        _groups.TryAdd(group.Name, new SelectedGroup(group, [], path.Count));
        IReadOnlyDictionary<string, object?> merged = Merge(group.Overrides, overrides);
        List<string> leaves = [], children = [];
        foreach (GroupMember member in group.Members)
        {
            List<string> below = VisitMember(group, member, merged, [.. path, group.Name]);
            leaves.AddRange(below);
            children.AddRange(GroupOf(member) is { } inner ? [inner] : below);
        }

        _groups[group.Name] = new SelectedGroup(group, leaves, path.Count) { Children = [.. children.Distinct()] };
        return leaves;
    }

    /// <summary>The name of the group that a member is; null for a task, a tag, or keys that define a task.</summary>
    private string? GroupOf(GroupMember member) => catalog.FileOf(member.Name) is not null ? null
        : catalog.IsGroup(member.Name) ? member.Name
        : member.Inline?.Name;

    private List<string> VisitMember(
        TaskGroup group, GroupMember member, IReadOnlyDictionary<string, object?> overrides, IReadOnlyList<string> path)
    {
        Dictionary<string, object?> merged = Merge(overrides, member.Overrides);
        bool isGroup = catalog.IsGroup(member.Name);
        if (member.Inline is { } inner)
            return isGroup ? Visit(member.Name, merged, path) : VisitGroup(inner, overrides, path);
        if (isGroup || catalog.FileOf(member.Name) is not null || member.Overrides.Count == 0 || catalog.Tagged(member.Name).Any())
            return Visit(member.Name, merged, path);
        // No task, group or tag has this name, so the keys beside the name define a new task.
        string name = $"{group.Name}::{member.Name}";
        TaskFile file = new TaskFile(group.Source)
            .With(merged, group.Source)
            .With(new Dictionary<string, object?> { ["task"] = name }, group.Source);
        AddTask(name, catalog.Read(file));
        return [name];
    }

    private void AddTask(string name, TaskDefinition task)
    {
        CheckSame(name, task);
        _tasks.TryAdd(name, task);
    }

    private void CheckSame(string name, TaskDefinition task)
    {
        if (_tasks.TryGetValue(name, out TaskDefinition? other) && other.Sha256 != task.Sha256)
        {
            throw new EvalException(
                ExitCode.Task,
                $"{task.Source}: task {name} is asked for twice with different keys (a group overrides some); "
                + "select them in separate runs");
        }
    }

    private static Dictionary<string, object?> Merge(
        IReadOnlyDictionary<string, object?> weaker, IReadOnlyDictionary<string, object?> stronger)
    {
        var merged = new Dictionary<string, object?>(weaker);
        foreach ((string key, object? value) in stronger)
            merged[key] = value;
        merged.Remove("tag");
        return merged;
    }
}
