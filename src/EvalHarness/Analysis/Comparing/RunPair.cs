using EvalHarness.Results;

namespace EvalHarness.Analysis.Comparing;

/// <summary>A base and a candidate whose samples are paired task by task. Of a sample only its scores are kept.</summary>
internal sealed class RunPair
{
    /// <summary>What a comparison reads of a sample.</summary>
    internal static readonly IReadOnlyList<string> Columns =
        ["doc_id", "context", "contexts", "messages_sha256", "continuations", "completions", "scores"];

    private const int TasksNamed = 5;

    private readonly FinishedRun _base;
    private readonly FinishedRun _candidate;
    private readonly string[] _tasks;
    private readonly Dictionary<string, PairedTask> _pairs = [];

    private RunPair(FinishedRun left, FinishedRun right)
    {
        (_base, _candidate, _tasks) = (left, right, [.. left.Tasks.Intersect(right.Tasks)]);
        static string Some(FinishedRun run) => string.Join(", ", run.Tasks.Take(TasksNamed));
        if (_tasks.Length == 0)
        {
            throw new EvalException(
                ExitCode.Incomparable,
                $"{left.Name} and {right.Name} have no task in common; the first has {Some(left)}, the second {Some(right)}");
        }
    }

    /// <summary>The first run with each of the others.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Incomparable"/>: no task is in both runs of a pair.</exception>
    internal static IReadOnlyList<RunPair> WithBase(IReadOnlyList<FinishedRun> runs) =>
        [.. runs.Skip(1).Select(r => new RunPair(runs[0], r))];

    /// <summary>Adds a task to all pairs whose two runs have it.</summary>
    /// <param name="pairs">Those of <see cref="WithBase"/>.</param>
    /// <param name="task">The task.</param>
    /// <param name="runs">How many runs there are: the base, then each candidate.</param>
    /// <param name="samples">The task's samples of all runs, with the columns of <see cref="Columns"/> or more.</param>
    /// <param name="also">Is given each sample when it has been added; null for nothing.</param>
    /// <returns>The scores of all runs.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Incomparable"/>: prompts of a pair differ.</exception>
    internal static async Task<JoinedScores> AddToAllAsync(
        IReadOnlyList<RunPair> pairs, string task, int runs, IAsyncEnumerable<JoinedSample> samples, Func<JoinedSample, Task>? also = null)
    {
        var scores = new JoinedScores(runs);
        var added = new List<PairedTask>();
        foreach ((int i, RunPair pair) in pairs.Index())
        {
            if (pair._tasks.Contains(task))
                added.Add(pair._pairs[task] = new PairedTask(scores, i + 1, task, pair._base.Name, pair._candidate.Name));
        }

        await foreach (JoinedSample sample in samples.ConfigureAwait(false))
        {
            scores.Add(sample);
            foreach (PairedTask pair in added)
                pair.Add(sample);
            // Another pair's prompts may differ in an earlier document, but what is wrong with the first pair is said first.
            if (added is [{ Incomparable: { } first }, ..])
                throw first;
            if (also is not null)
                await also(sample).ConfigureAwait(false);
        }

        return added.Find(p => p.Incomparable is not null) is { Incomparable: { } later } ? throw later : scores;
    }

    /// <summary>When the samples of all common tasks are added.</summary>
    internal Comparison Compare() => new()
    {
        Base = ComparedRun.Of(_base),
        Candidate = ComparedRun.Of(_candidate),
        Scores = Scores(),
        OnlyInOne = [.. _base.Tasks.Except(_tasks), .. _candidate.Tasks.Except(_tasks)],
        Generation = [.. _tasks.Select(t => ComparedGeneration.Of(t, _base.Report, _candidate.Report)).OfType<ComparedGeneration>()],
        JudgeChange = _candidate.Manifest.JudgeChange(_base.Manifest),
        OtherTemplates = [.. _tasks.Where(t => _pairs.TryGetValue(t, out PairedTask? pair) && pair.OtherTemplate)],
    };

    /// <summary>Tasks whose group is not compared stand under none.</summary>
    private IReadOnlyList<ComparedScore> Scores()
    {
        (ScoreRow Row, ComparedScore Score)[] scores =
        [
            .. _base.Report.Rows.Select(r => (r, Compare(r)!)).Where(s => s.Item2 is not null),
        ];
        return [.. scores.Zip(_base.Report.Depths([.. scores.Select(s => s.Row)]), (s, depth) => s.Score with { Depth = depth })];
    }

    /// <summary>Null where the metric is no mean over samples, or that of a group whose tasks are not all in both runs.</summary>
    private ComparedScore? Compare(ScoreRow row)
    {
        IReadOnlyList<string> tasks = _base.Report.Leaves(row.Name);
        bool isGroup = tasks is not [var only] || only != row.Name;
        if (!tasks.All(_pairs.ContainsKey))
            return null;
        var score = PairedScore.Of([.. tasks.Select(t => _pairs[t])], row.Key);
        if (score.Count == 0 || row.Value is not { } value)
            return null;
        // What aggregates otherwise (BLEU, F1) has numbers by sample that do not average to the score. A group's tasks weigh by their
        // size or the same.
        double? other = _candidate.Report.Rows.FirstOrDefault(r => r.Name == row.Name && r.Key == row.Key)?.Value;
        bool bySize = !row.IsMeanOfTasks && score.Averages(value, other, sameWeights: false);
        return bySize || (isGroup && score.Averages(value, other, sameWeights: true))
            ? score.ToComparedScore(row, isGroup, sameWeights: !bySize)
            : null;
    }
}
