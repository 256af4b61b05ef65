using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using EvalHarness.Data;
using EvalHarness.Pythonic;
using EvalHarness.Tasks;

namespace EvalHarness.Prompts;

/// <summary>
/// Makes prompts and requests: description, shots, question, each with the reference's delimiters, byte for byte.
/// </summary>
/// <param name="task">The task.</param>
/// <param name="shots">Documents that shots are chosen from.</param>
/// <param name="numFewShot">Shots per prompt.</param>
/// <param name="seed">Of the run: shots, and every sampled completion, follow from it.</param>
/// <param name="chat">Roles and templates; null for none.</param>
public sealed class PromptBuilder(TaskDefinition task, IReadOnlyList<Document> shots, int numFewShot, long seed, ChatFormat? chat = null)
{
    private readonly FewShotSampler _sampler = new(task, shots, numFewShot, seed);
    private readonly ChatFormat _chat = chat ?? ChatFormat.None;

    /// <summary>Both follow from the first document alone, as in the reference.</summary>
    private bool _multipleInputs;
    private bool _multipleTargets;

    /// <summary>Documents must come in order, from 0; see <see cref="FewShotSampler"/>.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/> or <see cref="ExitCode.Data"/>: a template or column does not fit the document.</exception>
    public PreparedDocument Prepare(long id, Document document)
    {
        var values = new FieldValues(task, $"task {task.Name}, document {id}");
        IReadOnlyList<string> choices = task.DocToChoice is { } field ? values.Choices(field, document) : [];
        object? target = FieldValues.Target(task.DocToTarget, task.DocToChoice, document);
        object question = task.OutputType == OutputType.RollingLogLikelihood ? "" : values.Question(task.DocToText, task.DocToChoice, document);
        if (id == 0)
            (_multipleInputs, _multipleTargets) = (question is long && choices.Count > 0, target is IReadOnlyList<object?>);

        string[] contexts = task.OutputType == OutputType.RollingLogLikelihood ? [values.Answer(target, choices)] : Contexts(document, question, choices, values);
        return new PreparedDocument
        {
            Id = id,
            Document = document,
            Context = contexts[0],
            Choices = choices,
            Target = target,
            Gold = _multipleInputs ? question : target,
            MultipleTargets = _multipleTargets && !_multipleInputs,
            Requests = [.. Requests(id, contexts, choices, target, values)],
        };
    }

    /// <summary>The prompt and its reference answer; documents come in order, as for <see cref="Prepare"/>.</summary>
    public string Answered(long id, Document document)
    {
        PreparedDocument prepared = Prepare(id, document);
        if (task.OutputType == OutputType.RollingLogLikelihood)
            return prepared.Context;
        string context = _multipleInputs && prepared.Requests[(int)(long)prepared.Gold!] is LogLikelihoodRequest right ? right.Context : prepared.Context;
        return Join(context, new FieldValues(task, $"task {task.Name}, document {id}").Answer(prepared.Target, prepared.Choices), task.TargetDelimiter);
    }

    /// <summary>One for all requests, or one per choice where the choices stand in the question.</summary>
    private string[] Contexts(Document document, object question, IReadOnlyList<string> choices, FieldValues values)
    {
        string? prefix = values.Text(task.GenerationPrefix, document);
        List<ChatMessage> before = Before(document, values);
        string Render(string text, string delimiter)
        {
            List<ChatMessage> messages = [.. before];
            AddTurn(messages, text, prefix, "", delimiter, "");
            return _chat.Render(messages, prefilled: !string.IsNullOrEmpty(prefix));
        }

        return _multipleInputs
            ? [.. choices.Select(choice => Render(choice, ""))]
            : [Render(question as string ?? Python.Str(question), task.TargetDelimiter)];
    }

    /// <summary>System message and shots.</summary>
    private List<ChatMessage> Before(Document document, FieldValues values)
    {
        var messages = new List<ChatMessage>();
        string system = Join(_chat.SystemInstruction, values.Text(task.Description, document), task.FewShot.TaskDelimiter);
        if (system.Length > 0)
            messages.Add(new ChatMessage("system", system));
        foreach (Document shot in _sampler.Shots(document))
        {
            FieldValues place = values.At($", a shot from split {task.FewShot.Split}");
            object question = place.Question(task.FewShot.DocToText, task.DocToChoice, shot);
            IReadOnlyList<string>? choices = task.FewShot.DocToChoice is { } field ? place.Choices(field, shot) : null;
            object? target = FieldValues.Target(task.FewShot.DocToTarget, task.DocToChoice, shot);
            if (_multipleInputs && choices is not null)
                (question, choices) = (place.Answer(question, choices), null);
            AddTurn(
                messages,
                question as string ?? Python.Str(question),
                place.Text(task.FewShot.GenerationPrefix, shot),
                target is "" ? "" : place.Answer(target, choices),
                task.FewShot.TargetDelimiter,
                task.FewShot.Delimiter);
        }

        return messages;
    }

    private static void AddTurn(List<ChatMessage> messages, string question, string? prefix, string answer, string targetDelimiter, string fewShotDelimiter)
    {
        bool hasPrefix = !string.IsNullOrEmpty(prefix);
        bool delimited = hasPrefix ? question.Length > 0 && !Python.IsSpace(question[^1]) && !Python.IsSpace(prefix![0]) : answer.Length > 0;
        messages.Add(new ChatMessage("user", question, delimited ? targetDelimiter : ""));
        if (answer.Length > 0)
            messages.Add(new ChatMessage("assistant", Join(prefix, answer, " "), fewShotDelimiter));
        else if (hasPrefix)
            messages.Add(new ChatMessage("assistant", prefix!));
    }

    /// <summary>Both texts, with the delimiter between them unless there is whitespace already.</summary>
    private static string Join(string? before, string? after, string delimiter)
    {
        if (string.IsNullOrEmpty(before) || string.IsNullOrEmpty(after))
            return before is { Length: > 0 } ? before : after ?? "";
        return Python.IsSpace(before[^1]) || Python.IsSpace(after[0]) ? before + after : before + delimiter + after;
    }

    /// <summary>A chat template ends with the delimiter already, unless a begun answer follows that does not.</summary>
    private string ContinuationDelimiter => !_chat.Apply || (task.GenerationPrefix is { Source: { Length: > 0 } prefix } && !Python.IsSpace(prefix[^1])) ? task.TargetDelimiter : "";

    private IEnumerable<Request> Requests(long id, string[] contexts, IReadOnlyList<string> choices, object? target, FieldValues values)
    {
        switch (task.OutputType)
        {
            case OutputType.MultipleChoice:
                string delimiter = ContinuationDelimiter;
                (string Context, string Continuation)[] pairs = _multipleInputs
                    ? [.. contexts.Select(context => (context, delimiter + Python.Str(target)))]
                    : [.. choices.Select(choice => (contexts[0], delimiter + choice))];
                // The same choices after nothing at all: what remains is what the question says about them.
                if (task.Metrics.Any(m => m.Name == "acc_mutual_info"))
                    pairs = [.. pairs, .. choices.Select(choice => ("", delimiter + choice))];
                return pairs.Select((pair, i) => new LogLikelihoodRequest { Key = new RequestKey(task.Name, id, i), Context = pair.Context, Continuation = pair.Continuation });
            case OutputType.LogLikelihood:
                return [new LogLikelihoodRequest { Key = new RequestKey(task.Name, id, 0), Context = contexts[0], Continuation = values.Answer(target, choices) }];
            case OutputType.RollingLogLikelihood:
                return [new RollingLogLikelihoodRequest { Key = new RequestKey(task.Name, id, 0), Context = contexts[0] }];
            default:
                return Enumerable.Range(0, task.Repeats).Select(repeat => new GenerateRequest
                {
                    Key = new RequestKey(task.Name, id, repeat),
                    Context = contexts[0],
                    Options = task.Generation,
                    Seed = SampleSeed(id, repeat),
                });
        }
    }

    /// <summary>31 bits of a hash over seed, task, document and repeat: the engine's seeds are 32-bit signed.</summary>
    private int SampleSeed(long id, int repeat)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}\n{task.Name}\n{id}\n{repeat}"));
        return BinaryPrimitives.ReadInt32BigEndian(hash) & int.MaxValue;
    }
}
