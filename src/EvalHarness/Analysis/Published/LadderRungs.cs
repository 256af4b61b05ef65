using EvalHarness.Analysis.Published.Ladder;
using EvalHarness.Engines;
using EvalHarness.Tasks;

namespace EvalHarness.Analysis.Published;

/// <summary>
/// The settings that may explain why a published score was not measured, and what each is changed to. What the source states and the run
/// follows is left as it is; where the run departs from it, the setting is changed to what the source states.
/// </summary>
/// <param name="published">The score with its setting.</param>
/// <param name="model">The model of the measured run.</param>
/// <param name="catalogs">Has the tasks.</param>
/// <param name="forms">Tasks by which the registry measures the benchmark, which may ask the same documents.</param>
/// <param name="day">The day that a chat template sees as today where it is changed to be applied; null for the day of each run.</param>
internal sealed partial class LadderRungs(
    PublishedScore published, EngineDescription model, LadderTasks catalogs, IReadOnlyList<string> forms, string? day = null)
{
    private const string Stated = "the source states it, and the run follows";

    /// <summary>The settings to change after a setting, those that cost no rows first.</summary>
    /// <param name="setting">What is changed already.</param>
    /// <param name="series">What is known of its documents.</param>
    internal IReadOnlyList<LadderRung> After(LadderSetting setting, LadderSeries series)
    {
        TaskCatalog catalog = catalogs.Of(setting.Options);
        IReadOnlyList<TaskDefinition> tasks = catalog.Select(setting.Options.Tasks).Tasks;
        return
        [
            .. Filters(setting, series),
            Average(setting, series, tasks),
            .. Limits(setting, series, tasks[0]),
            Template(setting),
            SystemPrompt(setting),
            Turns(setting, tasks[0]),
            .. Shots(setting, tasks[0]),
            BeginningOfText(setting),
            .. Window(setting, series),
            Truncation(setting, series),
            .. Forms(setting, catalog, tasks),
        ];
    }

    /// <summary>Other filters of the same answers, and the other ways to count the same log-likelihoods.</summary>
    private IEnumerable<LadderRung> Filters(LadderSetting setting, LadderSeries series)
    {
        const string name = "extraction";
        (string metric, string filter) = Parts(setting.Key);
        string[] keys = [.. series.Rows.SelectMany(r => r.Scores).Select(s => s.Key).Distinct()];
        string[] whole = [.. keys.Where(k => k != setting.Key && IsKnown(k))];
        string[] filters = [.. whole.Where(k => Parts(k).Metric == metric)];
        if (published.Setting.Match is { } match && filters.Length > 0)
        {
            if (filter.Contains(match, StringComparison.Ordinal))
                filters = [];
            else if (filters.Where(k => Parts(k).Filter.Contains(match, StringComparison.Ordinal)).ToArray() is { Length: > 0 } stated)
                filters = stated;
            if (filters.Length == 0)
                yield return LadderRung.Left(name, Stated);
        }
        else if (filters.Length == 0)
        {
            yield return LadderRung.Left(name, "the task has no other filter");
        }

        foreach (string key in filters)
            yield return Regraded(name, filter, Parts(key).Filter, key);
        // Choices whose length counts: acc and acc_norm are taken for each other.
        foreach (string key in whole.Where(k => IsAccuracy(metric) && IsAccuracy(Parts(k).Metric) && Parts(k).Metric != metric))
            yield return Regraded("metric", metric, Parts(key).Metric, key);

        bool IsKnown(string key) => series.Rows.All(r => r.Scores.Count == 0 || r.Score(key) is >= 0 and <= 1);

        static bool IsAccuracy(string metric) => metric is "acc" or "acc_norm" or "acc_bytes";

        static LadderRung Regraded(string name, string from, string to, string key) => new()
        {
            Name = name,
            From = from,
            To = to,
            Change = setting => setting with { Key = key },
        };
    }

    private static (string Metric, string Filter) Parts(string key)
    {
        int comma = key.LastIndexOf(',');
        return (key[..comma], key[(comma + 1)..]);
    }

    private LadderRung Average(LadderSetting setting, LadderSeries series, IReadOnlyList<TaskDefinition> tasks)
    {
        const string name = "average";
        if (tasks.Count < 2)
            return LadderRung.Left(name, "there is one task");
        if (published.Setting.Average is not null)
            return LadderRung.Left(name, Stated);
        if (!series.IsWhole)
            return LadderRung.Left(name, $"it needs the documents of all tasks, of which {series.Known} were asked");
        if (series.HasTaskOfOneScore)
            return LadderRung.Left(name, "a task has fewer than two documents with a score, so that its noise is not known");
        if (series.HasEqualTasks)
            return LadderRung.Left(name, "all tasks have as many documents, so that both averages are the same");
        static string Word(bool same) => (same ? ScoreAverage.Macro : ScoreAverage.Micro).ToString().ToLowerInvariant();
        return new LadderRung
        {
            Name = name,
            From = Word(setting.TasksCountTheSame),
            To = Word(!setting.TasksCountTheSame),
            Change = s => s with { TasksCountTheSame = !s.TasksCountTheSame },
        };
    }
}
