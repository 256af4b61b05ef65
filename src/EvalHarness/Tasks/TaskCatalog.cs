using System.IO.Enumeration;
using System.Reflection;

namespace EvalHarness.Tasks;

/// <summary>All tasks and groups that can be asked for: the built-in ones and those of folders given with --include-path.</summary>
public sealed class TaskCatalog
{
    private readonly Dictionary<string, TaskDefinition> _tasks = [];
    private readonly Dictionary<string, TaskGroup> _groups = [];

    /// <summary>By name, in ordinal order.</summary>
    public IEnumerable<TaskDefinition> Tasks => _tasks.Values.OrderBy(t => t.Name, StringComparer.Ordinal);

    public IEnumerable<TaskGroup> Groups => _groups.Values.OrderBy(g => g.Name, StringComparer.Ordinal);

    /// <param name="includePaths">Folders searched for *.yaml, with their subfolders; a task there replaces a built-in one of its name.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: a folder is missing or a file is wrong.</exception>
    public static TaskCatalog Load(IEnumerable<string> includePaths)
    {
        var catalog = new TaskCatalog();
        Assembly assembly = typeof(TaskCatalog).Assembly;
        string? Resource(string name)
        {
            using Stream? stream = assembly.GetManifestResourceStream(name);
            return stream is null ? null : new StreamReader(stream).ReadToEnd();
        }

        foreach (string name in assembly.GetManifestResourceNames().Where(n => n.EndsWith(".yaml", StringComparison.Ordinal) && !n.StartsWith('_')))
            catalog.Add(TaskFile.Parse($"built-in {name}", Resource(name)!, included => Resource(included) is { } text ? ($"built-in {included}", text) : null), []);
        foreach (string folder in includePaths)
            catalog.AddFolder(folder);
        return catalog;
    }

    private void AddFolder(string folder)
    {
        if (!Directory.Exists(folder))
            throw new EvalException(ExitCode.Task, $"--include-path {folder}: there is no such folder; expected one with task files (*.yaml)");
        var here = new HashSet<string>();
        foreach (string path in Directory.EnumerateFiles(folder, "*.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            (string, string)? Include(string name)
            {
                string included = Path.Combine(Path.GetDirectoryName(path)!, name);
                return File.Exists(included) ? (included, File.ReadAllText(included)) : null;
            }

            Add(TaskFile.Parse(path, File.ReadAllText(path), Include), here);
        }
    }

    private void Add(IReadOnlyList<TaskFile> files, HashSet<string> here)
    {
        foreach (TaskFile file in files)
        {
            // A file with neither is a template that others include.
            if (file.Values.ContainsKey("group"))
                Register(TaskReader.ReadGroup(file), file, here);
            else if (file.Values.ContainsKey("task"))
                Register(TaskReader.ReadTask(file), file, here);
        }
    }

    private void Register(object definition, TaskFile file, HashSet<string> here)
    {
        string name = definition is TaskDefinition task ? task.Name : ((TaskGroup)definition).Name;
        if (!here.Add(name))
            throw file.Error(definition is TaskDefinition ? "task" : "group", $"{name} is defined twice; rename one");
        _tasks.Remove(name);
        _groups.Remove(name);
        if (definition is TaskDefinition added)
            _tasks[name] = added;
        else
            _groups[name] = (TaskGroup)definition;
    }

    /// <summary>What --tasks asks for: names, groups, tags and globs, in the order given, each task once.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: a name is unknown.</exception>
    public TaskSelection Select(IEnumerable<string> names)
    {
        var tasks = new OrderedDictionary<string, TaskDefinition>();
        var groups = new OrderedDictionary<string, SelectedGroup>();
        foreach (string name in names.SelectMany(n => n.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))
        {
            foreach (string match in Matches(name))
                Visit(match, tasks, groups, []);
        }

        if (tasks.Count == 0)
            throw new EvalException(ExitCode.Task, "--tasks names no task; see 'evalharness list tasks'");
        return new TaskSelection([.. tasks.Values], [.. groups.Values]);
    }

    private string[] Matches(string name)
    {
        if (_groups.ContainsKey(name) || _tasks.ContainsKey(name) || Tagged(name).Length > 0)
            return [name];
        string[] matches = name.Contains('*', StringComparison.Ordinal) || name.Contains('?', StringComparison.Ordinal)
            ? [.. _groups.Keys.Concat(_tasks.Keys).Where(k => FileSystemName.MatchesSimpleExpression(name, k)).Order(StringComparer.Ordinal)]
            : [];
        if (matches.Length > 0)
            return matches;
        string[] near = [.. _groups.Keys.Concat(_tasks.Keys).OrderBy(k => Distance(name, k)).ThenBy(k => k, StringComparer.Ordinal).Take(3)];
        throw new EvalException(ExitCode.Task, $"there is no task, group or tag '{name}'; nearest are {string.Join(", ", near)}; see 'evalharness list tasks' (own files: --include-path)");
    }

    private string[] Tagged(string tag) => [.. Tasks.Where(t => t.Tags.Contains(tag)).Select(t => t.Name)];

    /// <summary>Adds a name's tasks and gives the names of its leaves.</summary>
    private List<string> Visit(string name, OrderedDictionary<string, TaskDefinition> tasks, OrderedDictionary<string, SelectedGroup> groups, List<string> path)
    {
        if (_tasks.TryGetValue(name, out TaskDefinition? task))
        {
            tasks.TryAdd(name, task);
            return [name];
        }

        if (!_groups.TryGetValue(name, out TaskGroup? group))
        {
            string[] tagged = Tagged(name);
            if (tagged.Length == 0)
                throw new EvalException(ExitCode.Task, $"group {path[^1]} has a member '{name}', which is no task, group or tag");
            return [.. tagged.SelectMany(t => Visit(t, tasks, groups, path))];
        }

        if (path.Contains(name))
            throw new EvalException(ExitCode.Task, $"{group.Source}: group {name} contains itself");
        groups.TryAdd(name, new SelectedGroup(group, [], path.Count));
        List<string> leaves = [.. group.Members.SelectMany(m => Visit(m, tasks, groups, [.. path, name]))];
        groups[name] = new SelectedGroup(group, leaves, path.Count);
        return leaves;
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

/// <summary>What a run evaluates: tasks in order, and the groups that report them.</summary>
public sealed record TaskSelection(IReadOnlyList<TaskDefinition> Tasks, IReadOnlyList<SelectedGroup> Groups);

/// <param name="Group">The definition.</param>
/// <param name="Leaves">Names of its tasks at any depth, in order.</param>
/// <param name="Depth">0 for a group that was asked for, 1 for a group in it, and so on.</param>
public sealed record SelectedGroup(TaskGroup Group, IReadOnlyList<string> Leaves, int Depth);
