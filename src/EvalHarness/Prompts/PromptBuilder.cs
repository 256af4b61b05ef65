using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using EvalHarness.Data;
using EvalHarness.Pythonic;
using EvalHarness.Tasks;

namespace EvalHarness.Prompts;

/// <summary>
/// Builds the prompt and the requests of a document. The prompt consists of the description, the few-shot examples and the
/// question, and is identical byte for byte to the prompt of lm-evaluation-harness.
/// </summary>
/// <param name="run">The task that the documents belong to, with its few-shot examples and the seed of the run.</param>
/// <param name="chat">How to make a conversation of a prompt, or null for plain text.</param>
internal sealed class PromptBuilder(TaskRun run, ChatFormat? chat = null)
{
    private readonly TaskDefinition _task = run.Definition;
    private readonly FewShotExamples _examples = new(run);
    private readonly ChatFormat _chat = chat ?? ChatFormat.None;

    // The first document that fits its templates determines both fields for the whole task. lm-evaluation-harness takes the first document,
    // and stops where that does not fit.
    private bool _isFirst = true;
    private bool _multipleInputs;
    private bool _multipleTargets;

    private bool IsRolling => _task.OutputType == OutputType.RollingLogLikelihood;

    /// <summary>What the keys of the task give for one document.</summary>
    /// <param name="Question">Text, or the index (long) of the right choice if the choices are written into the question.</param>
    /// <param name="Choices">Empty unless the task has choices.</param>
    /// <param name="Target">See <see cref="PreparedDocument.Target"/>.</param>
    /// <param name="Answer">The target as text if its log-likelihood is asked for; otherwise empty.</param>
    /// <param name="Description">The text before the examples, or null.</param>
    /// <param name="Prefix">The beginning of the answer, or null.</param>
    private sealed record Fields(
        object Question, IReadOnlyList<string> Choices, object? Target, string Answer, string? Description, string? Prefix);

    /// <summary>
    /// Prepares one document. Documents must be passed in order, because random few-shot examples are drawn from one generator.
    /// </summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Task"/> or <see cref="ExitCode.Data"/>: a template or column of the task does not fit the document or one of its
    /// few-shot examples, or there are too few of them.
    /// </exception>
    public PreparedDocument Prepare(NumberedDocument numbered)
    {
        PreparedDocument prepared = Attempt(numbered);
        return prepared.Failure is { } failure ? throw failure : prepared;
    }

    /// <summary>
    /// As <see cref="Prepare"/>, but a document that does not fit the task is returned with its <see cref="PreparedDocument.Failure"/>. Its
    /// few-shot examples are drawn nevertheless, so that those of other documents do not depend on it.
    /// </summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Data"/>: the task does not fit one of the few-shot examples, or there are too few of them.
    /// </exception>
    public PreparedDocument Attempt(NumberedDocument numbered)
    {
        (long id, Document document) = numbered;
        IReadOnlyList<Document> examples = IsRolling ? [] : _examples.Draw(numbered);
        Fields fields;
        try
        {
            fields = Resolve(document, Values(numbered));
        }
        catch (EvalException e)
        {
            var failure = new EvalException(e.ExitCode, $"{e.Message}; {ColumnTypes.Describe(document)}", e);
            return PreparedDocument.Failed(numbered, failure);
        }

        if (_isFirst)
        {
            _isFirst = false;
            _multipleInputs = fields is { Question: long, Choices.Count: > 0 };
            _multipleTargets = IsList(fields.Target);
        }

        Prompt[] prompts = IsRolling ? [fields.Answer] : AskedPrompts(fields, examples);
        return new PreparedDocument
        {
            Id = id,
            Document = document,
            Prompt = prompts[0],
            Choices = fields.Choices,
            Target = fields.Target,
            Gold = _multipleInputs ? fields.Question : fields.Target,
            MultipleTargets = _multipleTargets && !_multipleInputs,
            Requests = [.. Requests(id, prompts, fields)],
        };
    }

    /// <summary>
    /// Draws the few-shot examples of a document and renders them, without its prompt. Documents must be passed in order, after one for
    /// which <see cref="Attempt"/> has made a prompt.
    /// </summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: as for <see cref="Attempt"/>.</exception>
    public void CheckExamples(NumberedDocument document)
    {
        if (IsRolling)
            return;
        foreach (Document example in _examples.Draw(document))
            _examples.Turns(example, _multipleInputs);
    }

    private FieldValues Values(NumberedDocument numbered) =>
        new(_task, $"task {_task.Name}, row {numbered.Row} of split {_task.EvaluationSplit}");

    /// <summary>Evaluates every key of the task that the prompt and the requests of a document need.</summary>
    /// <exception cref="EvalException">A key does not fit the document.</exception>
    private Fields Resolve(Document document, FieldValues values)
    {
        IReadOnlyList<string> choices = _task.DocToChoice is { } field ? values.Choices(field, document) : [];
        object? target = values.Target(_task.DocToTarget, _task.DocToChoice, document);
        bool isScored = _task.OutputType is OutputType.LogLikelihood or OutputType.RollingLogLikelihood;
        return new Fields(
            IsRolling ? "" : values.Question(_task.DocToText, _task.DocToChoice, document),
            choices,
            target,
            isScored ? values.Answer(target, choices) : "",
            IsRolling ? null : values.Text(_task.Description, document),
            IsRolling ? null : values.Text(_task.GenerationPrefix, document));
    }

    /// <summary>Whether a target is a list of which any item is right, as a tuple is none.</summary>
    private static bool IsList(object? target) => target is IReadOnlyList<object?> and { Count: > 0 } and not PythonSequence;

    /// <summary>Returns the prompt followed by the right answer. Documents must be passed in order, as for <see cref="Prepare"/>.</summary>
    public string Answered(NumberedDocument document)
    {
        PreparedDocument prepared = Prepare(document);
        if (IsRolling)
            return prepared.Context;
        string context = _multipleInputs && prepared.Requests[(int)(long)prepared.Gold!] is LogLikelihoodRequest right
            ? right.Context
            : prepared.Context;
        return QuestionTurns.Join(context, Values(document).Answer(prepared.Target, prepared.Choices), _task.TargetDelimiter);
    }

    /// <summary>
    /// Returns one prompt for all requests of the document, or one per choice if the choices are written into the question.
    /// </summary>
    private Prompt[] AskedPrompts(Fields fields, IReadOnlyList<Document> examples)
    {
        var before = new List<ChatMessage>();
        string system = QuestionTurns.Join(_chat.SystemInstruction, fields.Description, _task.FewShot.TaskDelimiter);
        if (system.Length > 0)
            before.Add(new ChatMessage("system", system));
        foreach (Document example in examples)
            before.AddRange(_examples.Turns(example, _multipleInputs));
        Prompt Ask(string text, string delimiter)
        {
            List<ChatMessage> messages = [.. before];
            QuestionTurns.Add(messages, text, fields.Prefix, "", delimiter, "");
            return _chat.Prompt(messages, isPrefilled: !string.IsNullOrEmpty(fields.Prefix));
        }

        return _multipleInputs
            ? [.. fields.Choices.Select(choice => Ask(choice, ""))]
            : [Ask(fields.Question as string ?? Python.Str(fields.Question), _task.TargetDelimiter)];
    }

    /// <summary>
    /// The text between a prompt and a continuation. A chat template needs none, unless the prompt ends with a generation prefix
    /// that does not end in whitespace.
    /// </summary>
    private string ContinuationDelimiter
    {
        get
        {
            bool prefixEndsInText = _task.GenerationPrefix is { Source: { Length: > 0 } prefix } && !Python.IsSpace(prefix[^1]);
            return !_chat.Apply || prefixEndsInText ? _task.TargetDelimiter : "";
        }
    }

    private IEnumerable<Request> Requests(long id, Prompt[] prompts, Fields fields)
    {
        switch (_task.OutputType)
        {
            case OutputType.MultipleChoice:
                string delimiter = ContinuationDelimiter;
                (Prompt Prompt, string Continuation)[] pairs = _multipleInputs
                    ? [.. prompts.Select(prompt => (prompt, delimiter + Python.Str(fields.Target)))]
                    : [.. fields.Choices.Select(choice => (prompts[0], delimiter + choice))];
                // Some metrics subtract the log-likelihood that each choice has after an empty context.
                if (_task.Metrics.Any(m => MetricTable.Find(m.Name) is { NeedsUnconditional: true }))
                    pairs = [.. pairs, .. fields.Choices.Select(choice => (Prompt.FromString(""), delimiter + choice))];
                return pairs.Select((pair, i) => LogLikelihood(id, i, pair.Prompt, pair.Continuation));
            case OutputType.LogLikelihood:
                return [LogLikelihood(id, 0, prompts[0], fields.Answer)];
            case OutputType.RollingLogLikelihood:
                return [new RollingLogLikelihoodRequest { Key = new RequestKey(_task.Name, id, 0), Prompt = prompts[0] }];
            default:
                return Enumerable.Range(0, _task.Repeats).Select(repeat => new GenerateRequest
                {
                    Key = new RequestKey(_task.Name, id, repeat),
                    Prompt = prompts[0],
                    Options = _task.Generation,
                    Seed = SampleSeed(id, repeat),
                });
        }
    }

    private LogLikelihoodRequest LogLikelihood(long id, int index, Prompt prompt, string continuation) => new()
    {
        Key = new RequestKey(_task.Name, id, index),
        Prompt = prompt,
        Continuation = continuation,
    };

    /// <summary>
    /// Derives the seed of a sampled completion from a hash over the run's seed, the task, the document and the repeat. It has 31
    /// bits, because the engine's seeds are signed 32-bit integers.
    /// </summary>
    private int SampleSeed(long id, int repeat)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{run.SamplingSeed}\n{_task.Name}\n{id}\n{repeat}"));
        return BinaryPrimitives.ReadInt32BigEndian(hash) & int.MaxValue;
    }
}
