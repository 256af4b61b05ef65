using EvalHarness.Data;
using EvalHarness.Pythonic;
using EvalHarness.Tasks;

namespace EvalHarness.Prompts;

/// <summary>
/// The few-shot examples of a task as turns. Each document of the pool is rendered once, however many prompts it stands in.
/// </summary>
internal sealed class FewShotExamples(TaskRun run)
{
    private readonly TaskDefinition _task = run.Definition;
    private readonly FewShotSampler _sampler = new(run);
    private readonly Dictionary<Document, IReadOnlyList<ChatMessage>> _turns = [];
    private readonly Dictionary<Document, int> _positions = [];

    /// <summary>Chooses the examples of a document; see <see cref="FewShotSampler"/> for the order.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: there are too few.</exception>
    internal IReadOnlyList<Document> Draw(NumberedDocument document) => _sampler.Shots(document);

    /// <summary>The question and the answer of an example.</summary>
    /// <param name="example">A document of the pool.</param>
    /// <param name="multipleInputs">Whether the choices are written into the question.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Data"/>: the example does not fit the task's templates. The prompts that it stands in depend on it, so this is
    /// no matter of one sample.
    /// </exception>
    internal IReadOnlyList<ChatMessage> Turns(Document example, bool multipleInputs)
    {
        if (_turns.TryGetValue(example, out IReadOnlyList<ChatMessage>? known))
            return known;
        string pool = _task.FewShot.Samples is null ? $"split {_task.FewShot.Split}" : "the task file";
        string place = $"task {_task.Name}, example {Position(example)} of the few-shot pool from {pool}";
        try
        {
            return _turns[example] = Render(example, multipleInputs, new FieldValues(_task, place));
        }
        catch (EvalException e)
        {
            throw new EvalException(ExitCode.Data, $"{e.Message}; {ColumnTypes.Describe(example)}", e);
        }
    }

    /// <summary>The position of an example in the pool.</summary>
    private int Position(Document example)
    {
        if (_positions.Count == 0)
        {
            foreach ((int position, Document document) in run.FewShotPool.Index())
                _positions.TryAdd(document, position);
        }

        return _positions[example];
    }

    private List<ChatMessage> Render(Document example, bool multipleInputs, FieldValues values)
    {
        FewShotDefinition fields = _task.FewShot;
        object question = values.Question(fields.DocToText, _task.DocToChoice, example);
        IReadOnlyList<string>? choices = fields.DocToChoice is { } field ? values.Choices(field, example) : null;
        object? target = values.Target(fields.DocToTarget, _task.DocToChoice, example);
        if (multipleInputs && choices is not null)
            (question, choices) = (values.Answer(question, choices), null);
        var turns = new List<ChatMessage>();
        QuestionTurns.Add(
            turns,
            question as string ?? Python.Str(question),
            values.Text(fields.GenerationPrefix, example),
            target is "" or null ? "" : values.Answer(target, choices),
            fields.TargetDelimiter,
            fields.Delimiter);
        return turns;
    }
}
