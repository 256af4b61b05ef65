using EvalHarness.Analysis.Published.Ladder;
using EvalHarness.Tasks;

namespace EvalHarness.Analysis.Published;

/// <summary>Finds tasks that ask the documents of a task or group in another form.</summary>
/// <param name="own">The name of the task or group.</param>
/// <param name="tasks">Its tasks.</param>
/// <param name="stated">What the source says.</param>
internal sealed class TaskForm(string own, IReadOnlyList<TaskDefinition> tasks, PublishedSetting stated)
{
    private const string Letters = "letters", Text = "text", Generated = "generated";

    /// <param name="name">The other task or group, whose name begins with the own one.</param>
    /// <param name="catalog">Has it.</param>
    /// <param name="setting">The setting that is changed.</param>
    /// <returns>Null where it asks other documents.</returns>
    internal LadderRung? Of(string name, TaskCatalog catalog, LadderSetting setting)
    {
        IReadOnlyList<TaskDefinition> others;
        try
        {
            others = catalog.Select([name]).Tasks;
        }
        catch (EvalException e) when (e.ExitCode == ExitCode.Task)
        {
            return catalog.IsGroup(name) == tasks.Count > 1 ? LadderRung.Left("task", $"{name}: {e.Message}") : null;
        }

        string[] added = [.. name[own.Length..].Split('_', StringSplitOptions.RemoveEmptyEntries)];
        Dictionary<string, TaskDefinition> byOwn = [];
        foreach (TaskDefinition other in others)
            byOwn.TryAdd(string.Join('_', Without(other.Name.Split('_'), added)), other);
        if (others.Count != tasks.Count || !tasks.All(t => byOwn.TryGetValue(t.Name, out TaskDefinition? o) && AskTheSame(t, o)))
            return null;
        TaskDefinition first = byOwn[tasks[0].Name];
        (string was, string mode) = (ModeOf(tasks[0]), ModeOf(first));
        string? reason = first.Repeats > tasks[0].Repeats ? $"it asks each document {first.Repeats} times"
            : stated.Answer == was && mode != was ? $"the source's answers are {was}, as the run's are, and its are {mode}"
            : stated.ChainOfThought == false && added.Contains("cot") ? "the source has no chain of thought"
            : null;
        if (reason is not null)
            return LadderRung.Left("task", $"{name}: {reason}");
        return new LadderRung
        {
            Name = "task",
            From = $"{own}, {was}",
            To = $"{name}, {mode}",
            Change = s => s with
            {
                Options = s.Options with { Tasks = [name] },
                Key = KeyOf(first, s.Key),
                Forms = tasks.ToDictionary(t => t.Name, t => byOwn[t.Name].Name),
            },
        };
    }

    /// <summary>The words of a name without some, each once, wherever they stand.</summary>
    private static IEnumerable<string> Without(string[] words, string[] added)
    {
        List<string> left = [.. added];
        return words.Where(w => !left.Remove(w));
    }

    /// <summary>
    /// A group whose tasks have the same names may read a copy of the dataset; its documents are compared when they are there.
    /// </summary>
    private bool AskTheSame(TaskDefinition one, TaskDefinition other) =>
        (tasks.Count > 1 || one.DatasetPath == other.DatasetPath) && one.EvaluationSplit == other.EvaluationSplit;

    private static string ModeOf(TaskDefinition task) => task.OutputType switch
    {
        OutputType.GenerateUntil => Generated,
        OutputType.MultipleChoice when task.Config.GetValueOrDefault("doc_to_choice") is IReadOnlyList<object?> choices
            && choices.All(c => c is string { Length: 1 }) => Letters,
        _ => Text,
    };

    /// <summary>The score of another task that stands for a score of the own one: the same if it has it, else its first.</summary>
    private static string KeyOf(TaskDefinition task, string key)
    {
        int comma = key.LastIndexOf(',');
        string[] filters = task.OutputType == OutputType.GenerateUntil ? [.. task.Filters.Select(f => f.Name)] : ["none"];
        string metric = task.Metrics.FirstOrDefault(m => m.Name == key[..comma])?.Name ?? task.Metrics[0].Name;
        string filter = filters.Contains(key[(comma + 1)..]) ? key[(comma + 1)..] : filters[0];
        return $"{metric},{filter}";
    }
}
