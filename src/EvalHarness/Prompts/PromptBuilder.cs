using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using EvalHarness.Documents;
using EvalHarness.Tasks;
using EvalHarness.Templates;

namespace EvalHarness.Prompts;

/// <summary>
/// Makes prompts and requests: description, shots, question, each with the reference's delimiters, byte for byte.
/// </summary>
/// <param name="task">The task.</param>
/// <param name="shots">Documents that shots are chosen from.</param>
/// <param name="numFewShot">Shots per prompt.</param>
/// <param name="seed">Of the run: shots, and every sampled completion, follow from it.</param>
public sealed class PromptBuilder(TaskDefinition task, IReadOnlyList<Document> shots, int numFewShot, long seed)
{
    private readonly FewShotSampler _sampler = new(task, shots, numFewShot, seed);

    /// <summary>Documents must come in order, from 0; see <see cref="FewShotSampler"/>.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/> or <see cref="ExitCode.Data"/>: a template or column does not fit the document.</exception>
    public PreparedDocument Prepare(long id, Document document)
    {
        string where = $"task {task.Name}, document {id}";
        string context = BuildContext(document, where);
        IReadOnlyList<string> choices = task.DocToChoice is { } field ? Choices(field, document, where) : [];
        object? target = Target(task.DocToTarget, task.DocToChoice, document);
        return new PreparedDocument
        {
            Id = id,
            Document = document,
            Context = context,
            Choices = choices,
            Target = target,
            Requests = [.. Requests(id, context, choices, target, where)],
        };
    }

    private string BuildContext(Document document, string where)
    {
        var prompt = new StringBuilder();
        if (Text(task.Description, document, where) is { Length: > 0 } description)
            prompt.Append(description);
        foreach (Document shot in _sampler.Shots(document))
        {
            string shotPlace = $"{where}, a shot from split {task.FewShot.Split}";
            string question = Text(task.FewShot.DocToText, shot, shotPlace)!;
            IReadOnlyList<string>? choices = task.FewShot.DocToChoice is { } field ? Choices(field, shot, shotPlace) : null;
            string answer = Answer(Target(task.FewShot.DocToTarget, task.FewShot.DocToChoice, shot), choices, shotPlace);
            string? prefix = Text(task.FewShot.GenerationPrefix, shot, shotPlace);
            AppendTurn(prompt, question, prefix, answer, task.FewShot.TargetDelimiter, task.FewShot.Delimiter);
        }

        AppendTurn(prompt, Text(task.DocToText, document, where)!, Text(task.GenerationPrefix, document, where), "", task.TargetDelimiter, "");
        return prompt.ToString();
    }

    private static void AppendTurn(StringBuilder prompt, string question, string? prefix, string answer, string targetDelimiter, string fewShotDelimiter)
    {
        prompt.Append(question);
        bool hasPrefix = !string.IsNullOrEmpty(prefix);
        if (hasPrefix ? NeedsDelimiter(question, prefix!) : answer.Length > 0)
            prompt.Append(targetDelimiter);
        prompt.Append(prefix);
        if (answer.Length > 0)
            prompt.Append(hasPrefix && NeedsDelimiter(prefix!, answer) ? " " : "").Append(answer).Append(fewShotDelimiter);
    }

    private static bool NeedsDelimiter(string before, string after) =>
        before.Length > 0 && after.Length > 0 && !Python.IsSpace(before[^1]) && !Python.IsSpace(after[0]);

    private IEnumerable<Request> Requests(long id, string context, IReadOnlyList<string> choices, object? target, string where)
    {
        switch (task.OutputType)
        {
            case OutputType.MultipleChoice:
                return choices.Select((choice, i) => new LogLikelihoodRequest
                {
                    Key = new RequestKey(task.Name, id, i),
                    Context = context,
                    Continuation = task.TargetDelimiter + choice,
                });
            case OutputType.LogLikelihood:
                return [new LogLikelihoodRequest { Key = new RequestKey(task.Name, id, 0), Context = context, Continuation = Answer(target, choices, where) }];
            default:
                return Enumerable.Range(0, task.Repeats).Select(repeat => new GenerateRequest
                {
                    Key = new RequestKey(task.Name, id, repeat),
                    Context = context,
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

    private string? Text(TaskField? field, Document document, string where) => field?.Resolve(document.Values) switch
    {
        null when field is null => null,
        string text => text,
        null => throw new EvalException(ExitCode.Data, $"{where}: column {field.Column} is null; expected text"),
        var other => throw new EvalException(ExitCode.Data, $"{where}: a prompt is made of {Python.TypeName(other)}; expected text (a column of {task.DatasetPath}, or a template)"),
    };

    private static IReadOnlyList<string> Choices(TaskField field, Document document, string where)
    {
        object? value = field.Resolve(document.Values);
        if (value is string text && (!PythonLiteral.TryParse(text, out value) || value is not IReadOnlyList<object?>))
            throw new EvalException(ExitCode.Task, $"{where}: doc_to_choice gives {Python.Quote(text)}; expected a list");
        if (value is not IReadOnlyList<object?> { Count: > 0 } list || list.Any(choice => choice is null))
            throw new EvalException(ExitCode.Data, $"{where}: doc_to_choice gives {Python.TypeName(value)}; expected a list of texts that is not empty");
        return [.. list.Select(Python.Str)];
    }

    /// <summary>The reference's coercions: digits become an index where there are choices, and a printed list becomes a list.</summary>
    private static object? Target(TaskField field, TaskField? choices, Document document)
    {
        object? value = field.Resolve(document.Values);
        if (value is not string text || field.Column is { } column && document.Values.ContainsKey(column))
            return value;
        if (choices is not null && text.Length > 0 && text.All(char.IsAsciiDigit) && long.TryParse(text, out long index))
            return index;
        return text is ['[', .., ']'] && PythonLiteral.TryParse(text, out object? list) ? list : text;
    }

    private static string Answer(object? target, IReadOnlyList<string>? choices, string where) => target switch
    {
        long index when choices is { Count: > 0 } => index >= 0 && index < choices.Count
            ? choices[(int)index]
            : throw new EvalException(ExitCode.Data, $"{where}: the answer is choice {index} of {choices.Count}"),
        IReadOnlyList<object?> { Count: > 0 } list => Python.Str(list[0]),
        string text => text,
        null => throw new EvalException(ExitCode.Data, $"{where}: doc_to_target gives null; expected an answer"),
        _ => throw new EvalException(ExitCode.Data, $"{where}: doc_to_target gives {Python.TypeName(target)}; expected text, or an index with doc_to_choice"),
    };
}
