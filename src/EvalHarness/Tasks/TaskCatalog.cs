namespace EvalHarness.Tasks;

/// <summary>
/// Holds all tasks and groups that can be selected: the built-in ones, and those of paths given with --include-path or --tasks. All files
/// are read at once, but a definition is only made when its task is requested, so that one wrong file does not affect other tasks.
/// </summary>
internal sealed class TaskCatalog
{
    private readonly Dictionary<string, TaskFile> _files = [];
    private readonly Dictionary<string, (TaskDefinition? Definition, EvalException? Error)> _definitions = [];
    private readonly Dictionary<string, TaskGroup> _groups = [];
    private readonly List<EvalException> _unreadable = [];
    private readonly List<string> _duplicates = [];
    private readonly IReadOnlyDictionary<string, object?> _generation;
    private readonly IReadOnlyDictionary<string, object?> _metadata;
    private ILookup<string, string>? _tags;

    private readonly int? _repeats;

    private readonly TaskCodeUse _code;

    private TaskCatalog(
        IReadOnlyDictionary<string, object?> generation, IReadOnlyDictionary<string, object?> metadata, int? repeats, TaskCodeUse code) =>
        (_generation, _metadata, _repeats, _code) = (generation, metadata, repeats, code);

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

    /// <summary>Reads the built-in task files and those of the given paths.</summary>
    /// <param name="includePaths">
    /// The folders that are searched for *.yaml, with their subfolders, and single task files. A task there replaces an earlier one of the
    /// same name.
    /// </param>
    /// <param name="generationSettings">Settings of generation that win over each task's own, as <c>--gen-kwargs</c> gives them.</param>
    /// <param name="metadata">Metadata that win over each task's and group's own, as <c>--metadata</c> gives them.</param>
    /// <param name="repeats">Completions of each document, over each task's own number; null for that.</param>
    /// <param name="code">What becomes of Python functions without an equivalent; null where a task that has one is refused.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Task"/>: a path does not exist; <see cref="ExitCode.Usage"/>: the settings or the metadata are wrong.
    /// </exception>
    public static TaskCatalog Load(
        IEnumerable<string> includePaths,
        string? generationSettings = null,
        string? metadata = null,
        int? repeats = null,
        TaskCodeUse? code = null)
    {
        var catalog = new TaskCatalog(
            generationSettings is null ? new Dictionary<string, object?>() : GenerationSettings.Parse(generationSettings),
            metadata is null ? new Dictionary<string, object?>() : TaskMetadata.Parse(metadata),
            repeats,
            code ?? TaskCodeUse.Refused);
        var reader = new TaskFileReader(TaskFileSource.OpenIncluded);
        var here = new Dictionary<string, string>();
        foreach (IncludedText text in TaskFileSource.BuiltInFiles())
            catalog.Add(reader.Read(text), here);
        foreach (string path in includePaths)
            catalog.AddFiles(PathsIn(path));
        return catalog;
    }

    private static string[] PathsIn(string path) => Directory.Exists(path) ? TaskFileSource.Paths(path)
        : File.Exists(path) ? [path]
        : throw new EvalException(
            ExitCode.Task,
            $"--include-path {path}: there is no such file or folder; expected a folder with task files (*.yaml), or a task file");

    private void AddFiles(string[] paths)
    {
        var reader = new TaskFileReader(TaskFileSource.OpenIncluded);
        var read = new object[paths.Length];
        Parallel.For(0, paths.Length, i =>
        {
            try
            {
                read[i] = reader.Read(TaskFileSource.OpenFile(paths[i]));
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

    /// <summary>
    /// Adds the task file that <c>--tasks</c> names by its path, over tasks of the same name, or all task files of a folder. The members of
    /// a group may be other files of its folder.
    /// </summary>
    /// <returns>The names of the tasks and groups; null where the name is no path.</returns>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Task"/>: there is no such file, or it cannot be read or has neither a task nor a group.
    /// </exception>
    internal IReadOnlyList<string>? AddPath(string path)
    {
        if (TaskFileSource.PathsOfTasks(path) is not { } files)
            return null;
        var reader = new TaskFileReader(TaskFileSource.OpenIncluded);
        var here = new Dictionary<string, string>();
        foreach (TaskFile file in files.SelectMany(file => reader.Read(TaskFileSource.OpenFile(file))))
            Add(file, here);
        if (here.Count == 0)
        {
            throw new EvalException(
                ExitCode.Task, $"--tasks {path}: found neither the key task nor the key group; expected a task, or a group of tasks");
        }

        if (here.Keys.Any(IsGroup))
            AddBeside(files[0], reader);
        return [.. here.Keys];
    }

    /// <summary>Adds the tasks of a file's folder that have a name which is not known yet. Files with mistakes are left alone.</summary>
    private void AddBeside(string path, TaskFileReader reader)
    {
        foreach (string other in TaskFileSource.PathsIn(Path.GetDirectoryName(Path.GetFullPath(path))!))
        {
            try
            {
                foreach (TaskFile file in reader.Read(TaskFileSource.OpenFile(other)))
                {
                    bool isTask = !file.Values.ContainsKey("group");
                    if (isTask && file.Values.GetValueOrDefault("task") is string name && !IsGroup(name))
                        _files.TryAdd(name, file);
                }
            }
            catch (EvalException)
            {
                continue;
            }
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
        _definitions.Remove(name);
        _tags = null;
        if (group is not null)
            _groups[name] = group;
        else
            _files[name] = file;
    }

    /// <summary>Says whether a task or group is built in and not replaced by one of the same name from a folder.</summary>
    public bool IsBuiltIn(string name) =>
        (FileOf(name)?.Source ?? Group(name)?.Source ?? "").StartsWith(TaskFileSource.BuiltIn, StringComparison.Ordinal);

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
    /// Reads a definition from a file, or from one that a group has changed, with the settings of generation and the metadata that the
    /// user gave.
    /// </summary>
    internal TaskDefinition Read(TaskFile file) =>
        TaskMetadata.Over(TaskReader.ReadTask(GenerationSettings.Over(file, _generation, _repeats), _code), _metadata);

    /// <summary>A group with the metadata that the user gave.</summary>
    internal TaskGroup WithMetadata(TaskGroup group) => TaskMetadata.Over(group, _metadata);

    /// <summary>
    /// Selects the tasks that the option --tasks names by task names, groups, tags, globs and paths of task files. They are in the order
    /// given, and each task is selected once.
    /// </summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Task"/>: a name is unknown, or a task or group that is named cannot run.
    /// </exception>
    public TaskSelection Select(IEnumerable<string> names) => new TaskSelector(this).Select(names);

    /// <summary>Selects every task as its file defines it, and every group that does not override keys of its tasks.</summary>
    public TaskSelection SelectAll() => new TaskSelector(this).SelectAll();
}
