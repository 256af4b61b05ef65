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

    private PromptStart? _start;

    private bool IsRolling => _task.OutputType == OutputType.RollingLogLikelihood;

    /// <summary>Gives documents whose fields were evaluated in blocks before, where they are functions of Python.</summary>
    /// <param name="documents">Are read ahead, by one block.</param>
    internal IEnumerable<NumberedDocument> Ahead(IEnumerable<NumberedDocument> documents) =>
        _task.FieldCode.IsEmpty ? documents : _task.FieldCode.Ahead(documents, d => d.Document);

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
    public PreparedDocument Attempt(NumberedDocument numbered) => Compose(Take(numbered));

    /// <summary>
    /// The parts of a document's prompt, which <see cref="Compose"/> puts together. Documents must be passed in order, as for
    /// <see cref="Prepare"/>.
    /// </summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: there are too few few-shot examples.</exception>
    internal PromptParts Take(NumberedDocument numbered)
    {
        int[] shots = IsRolling ? [] : [.. _examples.Draw(numbered)];
        PromptFields fields;
        try
        {
            fields = Resolve(numbered.Document, Values(numbered));
        }
        catch (EvalException e)
        {
            return new PromptParts(numbered, shots, null)
            {
                Failure = new EvalException(e.ExitCode, $"{e.Message}; {ColumnTypes.Describe(numbered.Document)}", e),
            };
        }

        if (_isFirst)
        {
            _isFirst = false;
            _multipleInputs = fields is { Question: long, Choices.Count: > 0 };
            _multipleTargets = IsList(fields.Target);
        }

        return new PromptParts(numbered, shots, fields);
    }

    /// <summary>Puts a prompt together. Parts that were taken before may come in any order, and as often as wanted.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: the task does not fit one of the few-shot examples.</exception>
    internal PreparedDocument Compose(PromptParts parts)
    {
        if (parts.Failure is { } failure)
            return PreparedDocument.Failed(parts.Document, failure);
        PromptFields fields = parts.Fields!;
        Prompt[] prompts = IsRolling ? [fields.Answer] : AskedPrompts(fields, parts.Shots);
        var prepared = new PreparedDocument
        {
            Id = parts.Document.Id,
            Document = parts.Document.Document,
            Prompt = prompts[0],
            Choices = fields.Choices,
            Target = fields.Target,
            Gold = _multipleInputs ? fields.Question : fields.Target,
            MultipleTargets = _multipleTargets && !_multipleInputs,
            Requests = [.. Requests(parts.Document.Id, prompts, fields)],
        };
        if (parts.Rendered is not { } rendered)
            return prepared;
        var texts = new Queue<string>(rendered);
        return prepared.Render(prompt => prompt.IsRendered ? prompt : prompt.RenderedAs(texts.Dequeue()));
    }

    /// <summary>
    /// Renders few-shot examples of the documents behind the first ones, as far as <see cref="FewShotExamples.Check"/> does, without their
    /// prompts.
    /// </summary>
    /// <param name="first">The number of documents that <see cref="Attempt"/> has made prompts of, in order.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: as for <see cref="Attempt"/>.</exception>
    public void CheckExamples(int first)
    {
        if (!IsRolling)
            _examples.Check(first, _multipleInputs);
    }

    private FieldValues Values(NumberedDocument numbered) =>
        new(_task, $"task {_task.Name}, row {numbered.Row} of split {_task.EvaluationSplit}");

    /// <summary>Evaluates every key of the task that the prompt and the requests of a document need.</summary>
    /// <exception cref="EvalException">A key does not fit the document.</exception>
    private PromptFields Resolve(Document document, FieldValues values)
    {
        IReadOnlyList<string> choices = _task.DocToChoice is { } field ? values.Choices(field, document) : [];
        object? target = values.Target(_task.DocToTarget, _task.DocToChoice, document);
        bool isScored = _task.OutputType is OutputType.LogLikelihood or OutputType.RollingLogLikelihood;
        return new PromptFields(
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
    private Prompt[] AskedPrompts(PromptFields fields, int[] shots)
    {
        PromptStart start = Start(fields.Description, shots);
        Prompt Ask(string text, string delimiter)
        {
            var question = new List<ChatMessage>();
            QuestionTurns.Add(question, text, fields.Prefix, "", delimiter, "");
            return _chat.Prompt(start, question, isPrefilled: !string.IsNullOrEmpty(fields.Prefix));
        }

        return _multipleInputs
            ? [.. fields.Choices.Select(choice => Ask(choice, ""))]
            : [Ask(fields.Question as string ?? Python.Str(fields.Question), _task.TargetDelimiter)];
    }

    /// <summary>What stands before the question. It is made once for documents that follow each other and share it.</summary>
    private PromptStart Start(string? description, int[] shots)
    {
        if (_start is { } known && known.Description == description && known.Shots.AsSpan().SequenceEqual(shots))
            return known;
        var turns = new List<ChatMessage>();
        string system = QuestionTurns.Join(_chat.SystemInstruction, description, _task.FewShot.TaskDelimiter);
        if (system.Length > 0)
            turns.Add(new ChatMessage("system", system));
        _examples.Ahead(shots);
        foreach (int example in shots)
            turns.AddRange(_examples.Turns(example, _multipleInputs));
        return _start = new PromptStart(description, shots, turns, Prompt.Plain(turns));
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

    private IEnumerable<Request> Requests(long id, Prompt[] prompts, PromptFields fields)
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
                    Seed = SampleSeed.Of(run.SamplingSeed, _task.Name, id, repeat),
                });
        }
    }

    private LogLikelihoodRequest LogLikelihood(long id, int index, Prompt prompt, string continuation) => new()
    {
        Key = new RequestKey(_task.Name, id, index),
        Prompt = prompt,
        Continuation = continuation,
    };
}
