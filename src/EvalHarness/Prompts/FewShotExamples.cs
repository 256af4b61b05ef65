using EvalHarness.Data;
using EvalHarness.Pythonic;
using EvalHarness.Tasks;

namespace EvalHarness.Prompts;

/// <summary>
/// The few-shot examples of a task as turns. An example is rendered once for many prompts: what was rendered is kept as long as it is not
/// too much.
/// </summary>
internal sealed class FewShotExamples(TaskRun run)
{
    /// <summary>The characters of turns that are kept in memory.</summary>
    private const long MostKept = 8L << 20;

    /// <summary>The prompts whose examples are evaluated together, where they are functions of Python.</summary>
    private const int CheckedTogether = 256;

    /// <summary>The documents of the largest pool whose examples are rendered before the model is loaded.</summary>
    private const int MostChecked = 10_000;

    private readonly TaskDefinition _task = run.Definition;
    private readonly FewShotSampler _sampler = new(run);
    private readonly Dictionary<int, IReadOnlyList<ChatMessage>> _turns = [];
    private long _kept;

    /// <summary>Chooses the examples of a document; see <see cref="FewShotSampler"/> for the order.</summary>
    /// <returns>Their positions in the pool.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: there are too few.</exception>
    internal IReadOnlyList<int> Draw(NumberedDocument document) => _sampler.Shots(document);

    /// <summary>Evaluates examples together that are not kept, where their fields are functions of Python.</summary>
    internal void Ahead(IEnumerable<int> positions)
    {
        if (!_task.FewShot.FieldCode.IsEmpty)
            _task.FewShot.FieldCode.Send([.. positions.Where(p => !_turns.ContainsKey(p)).Select(p => run.FewShotPool[p])]);
    }

    /// <summary>The question and the answer of an example.</summary>
    /// <param name="position">The position of the example in the pool.</param>
    /// <param name="multipleInputs">Whether the choices are written into the question.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Data"/>: the example does not fit the task's templates. The prompts that it stands in depend on it, so this is
    /// no matter of one sample.
    /// </exception>
    internal IReadOnlyList<ChatMessage> Turns(int position, bool multipleInputs)
    {
        if (_turns.TryGetValue(position, out IReadOnlyList<ChatMessage>? known))
            return known;
        Document example = run.FewShotPool[position];
        string pool = _task.FewShot.Samples is null ? $"split {_task.FewShot.Split}" : "the task file";
        string place = $"task {_task.Name}, example {position} of the few-shot pool from {pool}";
        try
        {
            return Keep(position, Render(example, multipleInputs, new FieldValues(_task, place)));
        }
        catch (EvalException e)
        {
            throw new EvalException(ExitCode.Data, $"{e.Message}; {ColumnTypes.Describe(example)}", e);
        }
    }

    /// <summary>
    /// Renders the examples of the documents behind the first ones, each once. It reads no document that is not in memory, and nothing of
    /// a large pool: an example that is not met here ends the run where it is.
    /// </summary>
    /// <param name="first">How many documents have had their prompts made, in order.</param>
    /// <param name="multipleInputs">Whether the choices are written into the question.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: an example does not fit, or there are too few.</exception>
    internal void Check(int first, bool multipleInputs)
    {
        if (run.NumFewShot == 0 || _sampler.AreShared || run.FewShotPool.Count > MostChecked)
            return;
        var met = new HashSet<int>();
        foreach (IReadOnlyList<int>[] block in Later(first).Chunk(_task.FewShot.FieldCode.IsEmpty ? 1 : CheckedTogether))
        {
            int[] positions = [.. block.SelectMany(shots => shots).Where(met.Add)];
            Ahead(positions);
            foreach (int position in positions)
                Turns(position, multipleInputs);
            if (met.Count == run.FewShotPool.Count)
                return;
        }
    }

    /// <summary>The examples of the documents behind the first ones, as far as they can be told without reading a shard.</summary>
    private IEnumerable<IReadOnlyList<int>> Later(int first)
    {
        if (run.Documents is IReadOnlyList<NumberedDocument> inMemory)
            return inMemory.Skip(first).Select(Draw);
        return _sampler.NeedsNoDocument
            ? run.DocumentIds.Skip(first).Select(id => _sampler.Draw(id).Take(run.NumFewShot).ToArray())
            : [];
    }

    private List<ChatMessage> Keep(int position, List<ChatMessage> turns)
    {
        long characters = turns.Sum(turn => (long)turn.Content.Length);
        if (_kept + characters > MostKept)
        {
            _turns.Clear();
            _kept = 0;
        }

        _turns.Add(position, turns);
        _kept += characters;
        return turns;
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
