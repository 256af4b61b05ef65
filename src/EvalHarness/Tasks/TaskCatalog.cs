using System.Reflection;

namespace EvalHarness.Tasks;

/// <summary>
/// Holds all tasks and groups that can be selected: the built-in ones and those of folders given with --include-path. All files are
/// read at once, but a definition is only made when its task is requested, so that one wrong file does not affect other tasks.
/// </summary>
internal sealed class TaskCatalog
{
    private const string BuiltIn = "built-in ";

    private static readonly string[] Ignored = ["__pycache__", ".ipynb_checkpoints"];

    private readonly Dictionary<string, TaskFile> _files = [];
    private readonly Dictionary<string, (TaskDefinition? Definition, EvalException? Error)> _definitions = [];
    private readonly Dictionary<string, TaskGroup> _groups = [];
    private readonly List<EvalException> _unreadable = [];
    private readonly List<string> _duplicates = [];
    private readonly IReadOnlyDictionary<string, object?> _generation;
    private ILookup<string, string>? _tags;

    private TaskCatalog(IReadOnlyDictionary<string, object?> generation) => _generation = generation;

    /// <summary>The names of all tasks, in ordinal order.</summary>
    public IEnumerable<string> TaskNames => _files.Keys.Order(StringComparer.Ordinal);

    public IEnumerable<TaskGroup> Groups => _groups.Values.OrderBy(g => g.Name, StringComparer.Ordinal);

    public IEnumerable<string> GroupNames => _groups.Keys.Order(StringComparer.Ordinal);

    /// <summary>The errors of files that could not be read. Each message names the file and line.</summary>
    public IReadOnlyList<EvalException> Unreadable => _unreadable;

    /// <summary>
    /// A message for each name that is defined twice in one folder, beginning with the name. The file that comes first in path order
    /// counts, as in lm-evaluation-harness.
    /// </summary>
    public IReadOnlyList<string> Duplicates => _duplicates;

    /// <summary>Reads the built-in task files and those of the given folders.</summary>
    /// <param name="includePaths">
    /// The folders that are searched for *.yaml, with their subfolders. A task in a folder replaces an earlier one of the same name.
    /// </param>
    /// <param name="generationSettings">Settings of generation that win over each task's own, as <c>--gen-kwargs</c> gives them.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Task"/>: a folder does not exist; <see cref="ExitCode.Usage"/>: the settings are wrong.
    /// </exception>
    public static TaskCatalog Load(IEnumerable<string> includePaths, string? generationSettings = null)
    {
        var catalog = new TaskCatalog(
            generationSettings is null ? new Dictionary<string, object?>() : GenerationSettings.Parse(generationSettings));
        catalog.AddBuiltIn();
        foreach (string folder in includePaths)
            catalog.AddFolder(folder);
        return catalog;
    }

    private void AddBuiltIn()
    {
        Assembly assembly = typeof(TaskCatalog).Assembly;
        IncludedText? Open(string folder, string name)
        {
            using Stream? stream = assembly.GetManifestResourceStream(name);
            return stream is null ? null : new IncludedText($"{BuiltIn}{name}", folder, new StreamReader(stream).ReadToEnd());
        }

        var reader = new TaskFileReader(Open);
        var here = new Dictionary<string, string>();
        IEnumerable<string> names = assembly.GetManifestResourceNames()
            .Where(n => n.EndsWith(".yaml", StringComparison.Ordinal))
            .Where(n => !n.StartsWith('_') && !n.Contains('/', StringComparison.Ordinal));
        foreach (string name in names)
            Add(reader.Read(Open("", name)!), here);
    }

    private void AddFolder(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new EvalException(
                ExitCode.Task, $"--include-path {folder}: there is no such folder; expected one with task files (*.yaml)");
        }

        static IncludedText? Open(string from, string name)
        {
            string path = Path.Combine(from, name);
            if (!File.Exists(path))
                return null;
            string parent = Path.GetDirectoryName(Path.GetFullPath(path))!.Replace('\\', '/');
            return new IncludedText(path, parent, File.ReadAllText(path));
        }

        var reader = new TaskFileReader(Open);
        string[] paths = [.. Directory.EnumerateFiles(folder, "*.yaml", SearchOption.AllDirectories)
            .Where(path => !path.Split('/', '\\').Any(Ignored.Contains))
            .OrderBy(path => path.Replace('\\', '/'), StringComparer.Ordinal)];
        var read = new object[paths.Length];
        Parallel.For(0, paths.Length, i =>
        {
            try
            {
                read[i] = reader.Read(Open("", paths[i])!);
            }
            catch (EvalException e)
            {
                read[i] = e;
            }
        });
        var here = new Dictionary<string, string>();
        foreach (object result in read)
        {
            if (result is EvalException e)
                _unreadable.Add(e);
            else
                Add((IReadOnlyList<TaskFile>)result, here);
        }
    }

    private void Add(IReadOnlyList<TaskFile> files, Dictionary<string, string> here)
    {
        foreach (TaskFile file in files)
        {
            try
            {
                Add(file, here);
            }
            catch (EvalException e)
            {
                _unreadable.Add(e);
            }
        }
    }

    private void Add(TaskFile file, Dictionary<string, string> here)
    {
        bool isGroup = file.Values.ContainsKey("group");
        // A file with neither task nor group is a template that other files include.
        if (!isGroup && !file.Values.ContainsKey("task"))
            return;
        string key = isGroup ? "group" : "task";
        string name = TaskReader.Text(file, key) ?? throw file.Error(key, "missing; expected a name");
        if (!here.TryAdd(name, file.Source))
        {
            _duplicates.Add($"{name} is defined twice: {here[name]} counts, {file.Source} does not; rename one");
            return;
        }

        TaskGroup? group = isGroup ? GroupReader.Read(file) : null;
        _files.Remove(name);
        _groups.Remove(name);
        if (group is not null)
            _groups[name] = group;
        else
            _files[name] = file;
    }

    /// <summary>Says whether a task or group is built in and not replaced by one of the same name from a folder.</summary>
    public bool IsBuiltIn(string name) =>
        (FileOf(name)?.Source ?? Group(name)?.Source ?? "").StartsWith(BuiltIn, StringComparison.Ordinal);

    internal bool IsGroup(string name) => _groups.ContainsKey(name);

    internal TaskGroup? Group(string name) => _groups.GetValueOrDefault(name);

    internal TaskFile? FileOf(string name) => _files.GetValueOrDefault(name);

    /// <summary>Returns the names of the tasks with a tag, in ordinal order.</summary>
    internal IEnumerable<string> Tagged(string tag)
    {
        _tags ??= _files
            .SelectMany(f => TagsOf(f.Value).Select(t => (Tag: t, Task: f.Key)))
            .OrderBy(t => t.Task, StringComparer.Ordinal)
            .ToLookup(t => t.Tag, t => t.Task);
        return _tags[tag];
    }

    private static IEnumerable<string> TagsOf(TaskFile file) => file.Values.GetValueOrDefault("tag") switch
    {
        string one => [one],
        IReadOnlyList<object?> many => many.OfType<string>(),
        _ => [],
    };

    /// <summary>Returns the definition of a task. It is made once and then kept.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Task"/>: the definition is wrong, or it needs a Python function that has no equivalent.
    /// </exception>
    public TaskDefinition Define(string name)
    {
        if (!_definitions.TryGetValue(name, out (TaskDefinition? Definition, EvalException? Error) made))
        {
            try
            {
                made = (Read(_files[name]), null);
            }
            catch (EvalException e)
            {
                made = (null, e);
            }

            _definitions[name] = made;
        }

        return made.Definition ?? throw new EvalException(made.Error!.ExitCode, made.Error.Message, made.Error);
    }

    /// <summary>
    /// Reads a definition from a file, or from one that a group has changed, with the settings of generation that the user gave.
    /// </summary>
    internal TaskDefinition Read(TaskFile file) => TaskReader.ReadTask(GenerationSettings.Over(file, _generation));

    /// <summary>
    /// Selects the tasks that the option --tasks names by task names, groups, tags and globs. They are in the order given, and each task
    /// is selected once.
    /// </summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Task"/>: a name is unknown, or a task or group that is named cannot run.
    /// </exception>
    public TaskSelection Select(IEnumerable<string> names) => new TaskSelector(this).Select(names);

    /// <summary>Selects every task as its file defines it, and every group that does not override keys of its tasks.</summary>
    public TaskSelection SelectAll() => new TaskSelector(this).SelectAll();
}
