using EvalHarness.Analysis.Published.Ladder;
using EvalHarness.Tasks;
using Settings = EvalHarness.Tasks.GenerationSettings;

namespace EvalHarness.Analysis.Published;

/// <content>How long answers may be, and other tasks that ask the same documents.</content>
internal sealed partial class LadderRungs
{
    private const string Task = "task";

    /// <summary>The reference's own limit, and one that few answers reach.</summary>
    private const int UsualLimit = 256, LargeLimit = 1024;

    /// <summary>How many other forms of a task are tried: each takes its share of the rows.</summary>
    private const int MostForms = 4;

    /// <summary>Tasks that ask the same documents in forms that sources use, to name those that are missing here.</summary>
    private static readonly string[][] Families =
    [
        ["mmlu", "mmlu_continuation", "mmlu_generative", "mmlu_llama", "mmlu_cot_llama"],
        ["mmlu_pro", "mmlu_pro_llama", "leaderboard_mmlu_pro"],
        ["gsm8k", "gsm8k_cot", "gsm8k_cot_zeroshot", "gsm8k_cot_llama", "gsm8k_llama"],
        ["humaneval", "humaneval_instruct"],
        ["arc_challenge", "arc_challenge_chat"],
    ];

    private LadderRung[] Limits(LadderSetting setting, LadderSeries series, TaskDefinition task)
    {
        const string name = "limit of tokens";
        if (task.OutputType != OutputType.GenerateUntil)
            return [LadderRung.Left(name, "nothing is generated")];
        int now = task.Generation.MaxTokens;
        if (published.Setting.MaxTokens == now)
            return [LadderRung.Left(name, Stated)];
        bool areCut = series.Rows.Any(r => r.WasCut);
        int[] limits = published.Setting.MaxTokens is { } stated ? [stated]
            : [.. areCut ? [Math.Max(LargeLimit, 4 * now)] : (int[])[], .. now > UsualLimit ? [UsualLimit] : (int[])[]];
        LadderRung[] rungs = [.. limits.Select(limit => Limited(name, now, limit)).Where(r => series.Rows.Any(r.CanMove))];
        return rungs.Length > 0 ? rungs : [LadderRung.Left(name, "no completion was cut, and none is longer than another usual limit")];
    }

    private static LadderRung Limited(string name, int now, int limit) => new()
    {
        Name = name,
        From = $"{now}",
        To = $"{limit}",
        Change = s => s with { Options = s.Options with { GenerationSettings = WithLimit(s.Options.GenerationSettings, limit) } },
        // A longer limit moves only what was cut, and a shorter one only what goes beyond it.
        CanMove = row => limit > now ? row.WasCut : row.Tokens > limit,
    };

    private static string WithLimit(string? settings, int limit) => Settings.ToJson(Settings.Joined(
        settings is null ? [] : Settings.Parse(settings), new Dictionary<string, object?> { [GenerationReader.Limit] = (long)limit }));

    /// <summary>Other tasks of the catalog over the same documents: by letters, by text, or generated, or with another wording.</summary>
    private IEnumerable<LadderRung> Forms(LadderSetting setting, TaskCatalog catalog, IReadOnlyList<TaskDefinition> tasks)
    {
        string own = setting.Options.Tasks[0];
        string[] family = [.. (Families.FirstOrDefault(f => f.Contains(own)) ?? []).Where(n => n != own)];
        string[] all = [.. catalog.TaskNames.Concat(catalog.GroupNames)];
        string[] missing = [.. family.Except(all)];
        string[] known = [.. family.Union(forms).Where(n => n != own)];
        if (missing.Length > 0)
        {
            yield return LadderRung.Left(
                Task,
                $"{string.Join(", ", missing)}: not among the tasks here; give the folder of lm-evaluation-harness's tasks with "
                + "--include-path");
        }

        int tried = 0;
        bool isGroup = catalog.IsGroup(own);
        var form = new TaskForm(own, tasks, published.Setting);
        IEnumerable<string> named = all
            .Where(n => n.StartsWith($"{own}_", StringComparison.Ordinal) && catalog.IsGroup(n) == isGroup)
            .Order(StringComparer.Ordinal);
        foreach (string name in known.Intersect(all).Union(named))
        {
            if (form.Of(name, catalog, setting, isKnown: known.Contains(name)) is not { } rung)
                continue;
            tried += rung.NotTried is null ? 1 : 0;
            yield return tried > MostForms ? LadderRung.Left(Task, $"{name}: at most {MostForms} other forms are tried") : rung;
        }

        if (missing.Length == 0 && tried == 0)
        {
            yield return LadderRung.Left(
                Task, $"no task that the registry measures this benchmark by, or whose name begins with {own}_, asks the same documents");
        }
    }
}
