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
    private readonly FewShotSampler _sampler = new(run);
    private readonly ChatFormat _chat = chat ?? ChatFormat.None;

    // The first document determines both fields for the whole task, as in lm-evaluation-harness.
    private bool _isFirst = true;
    private bool _multipleInputs;
    private bool _multipleTargets;

    /// <summary>
    /// Prepares one document. Documents must be passed in order, because random few-shot examples are drawn from one generator.
    /// </summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Task"/> or <see cref="ExitCode.Data"/>: a template or column of the task does not fit the document.
    /// </exception>
    public PreparedDocument Prepare(NumberedDocument numbered)
    {
        (long id, Document document) = numbered;
        var values = new FieldValues(_task, $"task {_task.Name}, document {id}");
        IReadOnlyList<string> choices = _task.DocToChoice is { } field ? values.Choices(field, document) : [];
        object? target = FieldValues.Target(_task.DocToTarget, _task.DocToChoice, document);
        bool rolling = _task.OutputType == OutputType.RollingLogLikelihood;
        object question = rolling ? "" : values.Question(_task.DocToText, _task.DocToChoice, document);
        if (_isFirst)
        {
            _isFirst = false;
            (_multipleInputs, _multipleTargets) = (question is long && choices.Count > 0, target is IReadOnlyList<object?>);
        }


        Prompt[] prompts = rolling ? [values.Answer(target, choices)] : AskedPrompts(document, question, choices, values);
        return new PreparedDocument
        {
            Id = id,
            Document = document,
            Prompt = prompts[0],
            Choices = choices,
            Target = target,
            Gold = _multipleInputs ? question : target,
            MultipleTargets = _multipleTargets && !_multipleInputs,
            Requests = [.. Requests(id, prompts, choices, target, values)],
        };
    }

    /// <summary>Returns the prompt followed by the right answer. Documents must be passed in order, as for <see cref="Prepare"/>.</summary>
    public string Answered(NumberedDocument document)
    {
        PreparedDocument prepared = Prepare(document);
        if (_task.OutputType == OutputType.RollingLogLikelihood)
            return prepared.Context;
        string context = _multipleInputs && prepared.Requests[(int)(long)prepared.Gold!] is LogLikelihoodRequest right
            ? right.Context
            : prepared.Context;
        string answer = new FieldValues(_task, $"task {_task.Name}, document {document.Id}").Answer(prepared.Target, prepared.Choices);
        return Join(context, answer, _task.TargetDelimiter);
    }

    /// <summary>
    /// Returns one prompt for all requests of the document, or one per choice if the choices are written into the question.
    /// </summary>
    private Prompt[] AskedPrompts(Document document, object question, IReadOnlyList<string> choices, FieldValues values)
    {
        string? prefix = values.Text(_task.GenerationPrefix, document);
        List<ChatMessage> before = Before(document, values);
        Prompt Ask(string text, string delimiter)
        {
            List<ChatMessage> messages = [.. before];
            AddTurn(messages, text, prefix, "", delimiter, "");
            return _chat.Prompt(messages, isPrefilled: !string.IsNullOrEmpty(prefix));
        }

        return _multipleInputs
            ? [.. choices.Select(choice => Ask(choice, ""))]
            : [Ask(question as string ?? Python.Str(question), _task.TargetDelimiter)];
    }

    /// <summary>Returns the turns before the question: the system message, if there is one, and the few-shot examples.</summary>
    private List<ChatMessage> Before(Document document, FieldValues values)
    {
        var messages = new List<ChatMessage>();
        string system = Join(_chat.SystemInstruction, values.Text(_task.Description, document), _task.FewShot.TaskDelimiter);
        if (system.Length > 0)
            messages.Add(new ChatMessage("system", system));
        foreach (Document shot in _sampler.Shots(document))
        {
            FieldValues place = values.At($", a shot from split {_task.FewShot.Split}");
            object question = place.Question(_task.FewShot.DocToText, _task.DocToChoice, shot);
            IReadOnlyList<string>? choices = _task.FewShot.DocToChoice is { } field ? place.Choices(field, shot) : null;
            object? target = FieldValues.Target(_task.FewShot.DocToTarget, _task.DocToChoice, shot);
            if (_multipleInputs && choices is not null)
                (question, choices) = (place.Answer(question, choices), null);
            AddTurn(
                messages,
                question as string ?? Python.Str(question),
                place.Text(_task.FewShot.GenerationPrefix, shot),
                target is "" ? "" : place.Answer(target, choices),
                _task.FewShot.TargetDelimiter,
                _task.FewShot.Delimiter);
        }

        return messages;
    }

    private static void AddTurn(
        List<ChatMessage> messages, string question, string? prefix, string answer, string targetDelimiter, string fewShotDelimiter)
    {
        bool hasPrefix = !string.IsNullOrEmpty(prefix);
        bool delimited = hasPrefix
            ? question.Length > 0 && !Python.IsSpace(question[^1]) && !Python.IsSpace(prefix![0])
            : answer.Length > 0;
        messages.Add(new ChatMessage("user", question, delimited ? targetDelimiter : ""));
        if (answer.Length > 0)
            messages.Add(new ChatMessage("assistant", Join(prefix, answer, " "), fewShotDelimiter));
        else if (hasPrefix)
            messages.Add(new ChatMessage("assistant", prefix!));
    }

    /// <summary>Joins two texts. The delimiter is put between them unless one is empty or there is whitespace already.</summary>
    private static string Join(string? before, string? after, string delimiter)
    {
        if (string.IsNullOrEmpty(before) || string.IsNullOrEmpty(after))
            return before is { Length: > 0 } ? before : after ?? "";
        return Python.IsSpace(before[^1]) || Python.IsSpace(after[0]) ? before + after : before + delimiter + after;
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

    private IEnumerable<Request> Requests(
        long id, Prompt[] prompts, IReadOnlyList<string> choices, object? target, FieldValues values)
    {
        switch (_task.OutputType)
        {
            case OutputType.MultipleChoice:
                string delimiter = ContinuationDelimiter;
                (Prompt Prompt, string Continuation)[] pairs = _multipleInputs
                    ? [.. prompts.Select(prompt => (prompt, delimiter + Python.Str(target)))]
                    : [.. choices.Select(choice => (prompts[0], delimiter + choice))];
                // Some metrics subtract the log-likelihood that each choice has after an empty context.
                if (_task.Metrics.Any(m => MetricTable.Find(m.Name) is { NeedsUnconditional: true }))
                    pairs = [.. pairs, .. choices.Select(choice => (Prompt.FromString(""), delimiter + choice))];
                return pairs.Select((pair, i) => LogLikelihood(id, i, pair.Prompt, pair.Continuation));
            case OutputType.LogLikelihood:
                return [LogLikelihood(id, 0, prompts[0], values.Answer(target, choices))];
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
