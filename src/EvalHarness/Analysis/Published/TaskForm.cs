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

    /// <param name="name">The other task or group.</param>
    /// <param name="catalog">Has it.</param>
    /// <param name="setting">The setting that is changed.</param>
    /// <param name="isKnown">
    /// Whether it is known to ask the same documents, perhaps from a copy of the dataset. They are compared when they are there.
    /// </param>
    /// <returns>Null where it asks other documents.</returns>
    internal LadderRung? Of(string name, TaskCatalog catalog, LadderSetting setting, bool isKnown)
    {
        IReadOnlyList<TaskDefinition> others;
        try
        {
            others = catalog.Select([name]).Tasks;
        }
        catch (EvalException e) when (e.ExitCode == ExitCode.Task)
        {
            return isKnown ? LadderRung.Left("task", $"{name}: {e.Message}") : null;
        }

        // What only one of the names has stands in the names of its tasks too: "mmlu_generative", "mmlu_anatomy_generative".
        string[] dropped = [.. Without(own.Split('_'), name.Split('_'))], added = [.. Without(name.Split('_'), own.Split('_'))];
        // One task for one task, whatever their names.
        string StemOf(TaskDefinition task, string[] words) => tasks.Count == 1 ? "" : Stem(task, words);
        Dictionary<string, TaskDefinition> byStem = [];
        foreach (TaskDefinition other in others)
            byStem.TryAdd(StemOf(other, added), other);
        if (others.Count != tasks.Count
            || !tasks.All(t => byStem.TryGetValue(StemOf(t, dropped), out TaskDefinition? o) && AskTheSame(t, o, isKnown)))
            return null;
        TaskDefinition first = byStem[StemOf(tasks[0], dropped)];
        (string was, string mode) = (ModeOf(tasks[0]), ModeOf(first));
        int? shots = ShotsOf(first);
        string? reason = first.Repeats > tasks[0].Repeats ? $"it asks each document {first.Repeats} times"
            : stated.Answer == was && mode != was ? $"the source's answers are {was}, as the run's are, and its are {mode}"
            : stated.ChainOfThought == false && added.Contains("cot") ? "the source has no chain of thought"
            : shots == 0 && stated.Shots > 0 ? $"it has no shots, and the source has {stated.Shots}"
            : null;
        if (reason is not null)
            return LadderRung.Left("task", $"{name}: {reason}");
        string key = KeyOf(first, setting.Key);
        return new LadderRung
        {
            Name = "task",
            From = $"{own}, {was}",
            To = $"{name}, {mode}{(shots is null ? "" : $", {shots} shots")}{(HasOtherFilter(key, setting.Key) ? $", {key}" : "")}",
            Change = s => s with
            {
                Options = s.Options with { Tasks = [name], NumFewShot = shots ?? s.Options.NumFewShot },
                Key = KeyOf(first, s.Key),
                Forms = tasks.ToDictionary(t => t.Name, t => byStem[StemOf(t, dropped)].Name),
            },
        };
    }

    /// <summary>
    /// The shots that belong to the form: lm-evaluation-harness runs a task whose file says 0 without any, whatever is asked for. Null
    /// where they stay as they are.
    /// </summary>
    private int? ShotsOf(TaskDefinition other)
    {
        static bool HasNone(TaskDefinition task) => task.Config.GetValueOrDefault("num_fewshot") is 0L;
        bool came = HasNone(tasks[0]) && !HasNone(other);
        return HasNone(other) && !HasNone(tasks[0]) ? 0 : came && stated.Shots is null ? other.NumFewShot : null;
    }

    private static string Stem(TaskDefinition task, string[] words) => string.Join('_', Without(task.Name.Split('_'), words));

    /// <summary>The words of a name without some, each once, wherever they stand.</summary>
    private static IEnumerable<string> Without(string[] words, string[] taken)
    {
        List<string> left = [.. taken];
        return words.Where(w => !left.Remove(w));
    }

    private static bool AskTheSame(TaskDefinition one, TaskDefinition other, bool isKnown) =>
        (isKnown || one.DatasetPath == other.DatasetPath) && one.EvaluationSplit == other.EvaluationSplit;

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
        (string metric, string filter) = Parts(key);
        string[] filters = [.. task.FiltersInEffect.Select(f => f.Name)];
        string own = task.MayGive(metric) ? metric : task.Metrics[0].Name;
        return $"{own},{filters.FirstOrDefault(f => IsSame(f, filter)) ?? filters[0]}";
    }

    private static bool HasOtherFilter(string key, string own) => !IsSame(Parts(key).Filter, Parts(own).Filter);

    /// <summary>The reference's files write the name of one filter with hyphens or with underscores.</summary>
    private static bool IsSame(string filter, string other) => filter.Replace('-', '_') == other.Replace('-', '_');

    private static (string Metric, string Filter) Parts(string key)
    {
        int comma = key.LastIndexOf(',');
        return (key[..comma], key[(comma + 1)..]);
    }
}
