using System.IO.Enumeration;

namespace EvalHarness.Tasks;

/// <summary>What a run evaluates.</summary>
/// <param name="Tasks">In order.</param>
/// <param name="Groups">That report them.</param>
/// <param name="LeftOut">Tasks that a glob or tag matches and that cannot run, with the reason.</param>
public sealed record TaskSelection(IReadOnlyList<TaskDefinition> Tasks, IReadOnlyList<SelectedGroup> Groups, IReadOnlyList<(string Task, string Reason)> LeftOut);

/// <param name="Group">The definition.</param>
/// <param name="Leaves">Names of its tasks at any depth, in order.</param>
/// <param name="Depth">0 for a group that was asked for, 1 for a group in it, and so on.</param>
public sealed record SelectedGroup(TaskGroup Group, IReadOnlyList<string> Leaves, int Depth);

/// <summary>Expands names into tasks and groups.</summary>
internal sealed class TaskSelector(TaskCatalog catalog)
{
    private static readonly Dictionary<string, object?> None = [];

    private readonly OrderedDictionary<string, TaskDefinition> _tasks = [];
    private readonly OrderedDictionary<string, SelectedGroup> _groups = [];
    private readonly List<(string Task, string Reason)> _leftOut = [];

    internal TaskSelection Select(IEnumerable<string> names)
    {
        foreach (string name in names.SelectMany(n => n.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))
        {
            if (catalog.IsGroup(name) || catalog.FileOf(name) is not null)
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

    internal TaskSelection SelectAll()
    {
        foreach (string name in catalog.TaskNames.Concat(catalog.GroupNames))
            VisitIfItRuns(name);
        return new TaskSelection([.. _tasks.Values], [.. _groups.Values], _leftOut);
    }

    private void VisitIfItRuns(string name)
    {
        // A group that cannot run, or that wants other keys than its tasks have alone, leaves nothing of itself behind.
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
            throw new EvalException(ExitCode.Task, $"there is no task, group or tag '{name}', but {catalog.Unreadable.Count} file(s) could not be read: {catalog.Unreadable[0].Message}");
        string[] near = [.. known.OrderBy(k => Distance(name, k)).ThenBy(k => k, StringComparer.Ordinal).Take(3)];
        throw new EvalException(ExitCode.Task, $"there is no task, group or tag '{name}'; nearest are {string.Join(", ", near)}; see '{Invocation.Command} list tasks' (own files: --include-path)");
    }

    /// <summary>Adds a name's tasks and gives the names of its leaves. Keys that callers override win over the group's own.</summary>
    private List<string> Visit(string name, IReadOnlyDictionary<string, object?> overrides, IReadOnlyList<string> path)
    {
        if (catalog.FileOf(name) is { } file)
        {
            AddTask(name, overrides.Count == 0 ? catalog.Define(name) : catalog.Read(file.With(overrides, $"{file.Source} (in group {path[^1]})")));
            return [name];
        }

        if (catalog.Group(name) is { } group)
            return VisitGroup(group, overrides, path);
        string[] tagged = [.. catalog.Tagged(name)];
        return tagged.Length > 0
            ? [.. tagged.SelectMany(t => Visit(t, overrides, path))]
            : throw new EvalException(ExitCode.Task, $"group {path[^1]} has a member '{name}', which is no task, group or tag");
    }

    private List<string> VisitGroup(TaskGroup group, IReadOnlyDictionary<string, object?> overrides, IReadOnlyList<string> path)
    {
        if (path.Contains(group.Name))
            throw new EvalException(ExitCode.Task, $"{group.Source}: group {group.Name} contains itself");
        _groups.TryAdd(group.Name, new SelectedGroup(group, [], path.Count));
        IReadOnlyDictionary<string, object?> merged = Merge(group.Overrides, overrides);
        List<string> leaves = [.. group.Members.SelectMany(member => VisitMember(group, member, merged, [.. path, group.Name]))];
        _groups[group.Name] = new SelectedGroup(group, leaves, path.Count);
        return leaves;
    }

    private List<string> VisitMember(TaskGroup group, GroupMember member, IReadOnlyDictionary<string, object?> overrides, IReadOnlyList<string> path)
    {
        if (member.Inline is { } inner)
            return catalog.IsGroup(member.Name) ? Visit(member.Name, Merge(overrides, member.Overrides), path) : VisitGroup(inner, overrides, path);
        if (catalog.FileOf(member.Name) is not null || catalog.IsGroup(member.Name) || member.Overrides.Count == 0 || catalog.Tagged(member.Name).Any())
            return Visit(member.Name, Merge(overrides, member.Overrides), path);
        // No task has this name: the keys beside it are the task.
        string name = $"{group.Name}::{member.Name}";
        TaskFile file = new TaskFile(group.Source).With(Merge(overrides, member.Overrides), group.Source).With(new Dictionary<string, object?> { ["task"] = name }, group.Source);
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
            throw new EvalException(ExitCode.Task, $"{task.Source}: task {name} is asked for twice with different keys (a group overrides some); run them apart");
    }

    private static Dictionary<string, object?> Merge(IReadOnlyDictionary<string, object?> weaker, IReadOnlyDictionary<string, object?> stronger)
    {
        var merged = new Dictionary<string, object?>(weaker);
        foreach ((string key, object? value) in stronger)
            merged[key] = value;
        merged.Remove("tag");
        return merged;
    }

    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
