using System.Text.Json;
using EvalHarness.Files;
using EvalHarness.Prompts;
using EvalHarness.Pythonic;
using EvalHarness.Scoring.Judging;
using EvalHarness.Scoring.Statistics;
using EvalHarness.Tasks;

namespace EvalHarness.Analysis.Arena;

/// <summary>How a judge is asked which of two answers is the better one, and what its answer says.</summary>
internal sealed class PairRubric
{
    /// <summary>Variables of rubrics, besides the columns of the document.</summary>
    private const string OfFirst = "answer_a", OfSecond = "answer_b";

    private const double FirstWins = 1, SecondWins = 0, IsTie = 0.5;

    private const string Default =
        "Two answers to the same question are compared. The better one is right where the other is wrong or, if both are right, helps "
        + "more with what was asked. Neither its length nor its style counts, and neither does which of the two stands first.\n\n"
        + "Question:\n{{ prompt }}\n\n"
        + "{% if reference %}A right answer:\n{{ reference }}\n\n{% endif %}"
        + "Answer A:\n{{ answer_a }}\n\n"
        + "Answer B:\n{{ answer_b }}\n\n"
        + "Give your reasons in two or three sentences. Then write one last line: VERDICT: and A, B or, if neither answer is better, TIE.";

    private static readonly string[] DefaultNames = ["A", "B", "TIE"];

    private readonly JudgeDefinition _judge;
    private readonly long _seed;

    private PairRubric(JudgeDefinition judge, long seed) => (_judge, _seed) = (judge, seed);

    /// <param name="file">A file with a template; null for the default.</param>
    /// <param name="pattern">Finds the verdict in the judge's answer; null for what stands behind <c>VERDICT:</c>.</param>
    /// <param name="names">What the judge says for the first answer, the second one and a tie; null for A, B and TIE.</param>
    /// <param name="generation">Settings of generation as <c>--gen-kwargs</c> gives them; null for the defaults.</param>
    /// <param name="seed">Of the tokens that the judge samples.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: one of them is wrong.</exception>
    internal static PairRubric Of(string? file, string? pattern, string? names, string? generation, long seed)
    {
        if (names is not null && file is null)
            throw new EvalException(ExitCode.Usage, $"--verdicts {names}: needs --rubric, because the default one names A, B and TIE");
        try
        {
            JudgeGrade[] grades = Grades(names);
            IReadOnlyDictionary<string, object?> settings = generation is null
                ? new Dictionary<string, object?>()
                : GenerationSettings.Parse(generation);
            return new PairRubric(new JudgeDefinition
            {
                Rubric = Rubric(file),
                Grades = grades,
                Pattern = PythonRegex.Compile(pattern ?? JudgeReader.PatternBehind("VERDICT"), "--grade"),
                Generation = GenerationReader.Read(
                    settings,
                    new TaskFile("--gen-kwargs"),
                    "generation_kwargs",
                    new GenerationOptions { Until = [], MaxTokens = JudgeReader.DefaultTokens }),
            }, seed);
        }
        catch (EvalException e) when (e.ExitCode == ExitCode.Task)
        {
            throw new EvalException(ExitCode.Usage, e.Message, e);
        }
    }

    private static JudgeGrade[] Grades(string? names)
    {
        string[] parts = names?.Split(',', StringSplitOptions.TrimEntries) ?? DefaultNames;
        return parts.Length is 2 or 3
            && parts.All(p => p.Length > 0)
            && parts.DistinctBy(p => p.ToUpperInvariant()).Count() == parts.Length
            ? [.. parts.Zip([FirstWins, SecondWins, IsTie], (name, score) => new JudgeGrade(name, score))]
            : throw new EvalException(
                ExitCode.Usage,
                $"--verdicts {names}: expected what the judge says if the first answer is better, if the second is, and if neither is, "
                + "with commas between, such as A,B,C; without the third there are no ties");
    }

    private static TaskField Rubric(string? file)
    {
        if (file is null)
            return new TaskField(Default, "the default rubric");
        string text;
        try
        {
            text = File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EvalException(ExitCode.Usage, $"--rubric {file}: cannot be read: {e.Message.TrimEnd('.')}", e);
        }

        var rubric = new TaskField(text.TrimEnd(), file);
        IReadOnlySet<string> shown = JudgeDefinition.Names(rubric);
        return ((string[])[OfFirst, OfSecond]).FirstOrDefault(name => !shown.Contains(name)) is { } missing
            ? throw new EvalException(
                ExitCode.Usage, $"--rubric {file}: does not show both answers to the judge; write {{{{ {missing} }}}} where it belongs")
            : rubric;
    }

    /// <summary>The question which of two answers is the better one, in both orders: first the first run's answer stands first.</summary>
    /// <param name="pair">The answers.</param>
    /// <param name="journalTask">The name of the task in the judge's journal.</param>
    /// <exception cref="EvalException">The rubric does not fit the document.</exception>
    internal IReadOnlyList<GenerateRequest> Of(AnswerPair pair, string journalTask) =>
        [Of(pair, journalTask, pair.First, pair.Second, 0), Of(pair, journalTask, pair.Second, pair.First, 1)];

    private GenerateRequest Of(AnswerPair pair, string journalTask, string first, string second, int index)
    {
        var variables = new Dictionary<string, object?>(pair.Document)
        {
            [JudgeDefinition.OfDocument] = pair.Document,
            [JudgeDefinition.OfPrompt] = pair.Prompt,
            [OfFirst] = first,
            [OfSecond] = second,
        };
        // A column of that name stays where the task says of nothing that it is right.
        if (pair.Reference.Length > 0 || !pair.Document.ContainsKey(JudgeDefinition.OfReference))
            variables[JudgeDefinition.OfReference] = pair.Reference;
        return new GenerateRequest
        {
            Key = new RequestKey(journalTask, pair.DocumentId, index),
            Prompt = Prompt.FromMessages([new ChatMessage("user", Python.Str(_judge.Rubric.Resolve(variables)))], isPrefilled: false),
            Options = _judge.Generation,
            Seed = SampleSeed.Of(_seed, journalTask, pair.DocumentId, index),
        };
    }

    /// <summary>Which of the answers, in the order in which the judge saw them, is the better one; or why there is no verdict.</summary>
    internal (BattleOutcome? Outcome, string? Problem) Verdict(Engines.Response response)
    {
        var verdict = JudgeVerdict.Of(_judge, response);
        return verdict.Grade is { } grade
            ? (grade.Score switch
            {
                FirstWins => BattleOutcome.First,
                SecondWins => BattleOutcome.Second,
                _ => BattleOutcome.Tie,
            }, null)
            : (null, verdict.Problem);
    }

    /// <summary>What of it decides verdicts.</summary>
    internal IEnumerable<KeyValuePair<string, string>> Identity() =>
    [
        new("rubric", _judge.Rubric.Source!),
        new("pattern of verdicts", _judge.Pattern!.ToString()),
        new("verdicts", string.Join(", ", _judge.Grades.Select(g => g.Name))),
        new("generation", JsonSerializer.Serialize(_judge.Generation, ResultsJson.Line)),
        new("seed", $"{_seed}"),
    ];
}
