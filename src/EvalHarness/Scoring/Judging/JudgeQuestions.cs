using EvalHarness.Data;
using EvalHarness.Prompts;
using EvalHarness.Pythonic;
using EvalHarness.Tasks;

namespace EvalHarness.Scoring.Judging;

/// <summary>A completion that a judge grades.</summary>
/// <param name="DocumentId">The position of its document among those of the task.</param>
/// <param name="Document">The document.</param>
/// <param name="Reference">The right answer; empty where the task has none.</param>
/// <param name="Number">The number of the completion among those of the document under the filter, from 0.</param>
/// <param name="Text">The completion after the filters.</param>
internal sealed record JudgedCompletion(long DocumentId, Document Document, string Reference, int Number, string Text);

/// <summary>Makes the conversations in which a judge is asked about completions of a task.</summary>
/// <param name="task">With a judge.</param>
/// <param name="seed">Of the tokens that the judge samples.</param>
internal sealed class JudgeQuestions(TaskDefinition task, long seed)
{
    private readonly JudgeDefinition _judge = task.Judge!;

    /// <summary>One request for each vote.</summary>
    /// <param name="completion">What is graded.</param>
    /// <param name="form">In which form it is asked.</param>
    /// <param name="journalTask">The name of the task in the judge's journal.</param>
    /// <exception cref="EvalException">The rubric does not fit the document.</exception>
    internal IReadOnlyList<GenerateRequest> Of(JudgedCompletion completion, JudgeForm form, string journalTask)
    {
        var prompt = Prompt.FromMessages(Messages(completion, form), isPrefilled: false);
        long document = completion.DocumentId;
        return
        [
            .. Enumerable.Range(completion.Number * _judge.Votes, _judge.Votes).Select(index => new GenerateRequest
            {
                Key = new RequestKey(journalTask, document, index),
                Prompt = prompt,
                Options = _judge.Generation,
                Seed = SampleSeed.Of(seed, journalTask, document, index),
            }),
        ];
    }

    private List<ChatMessage> Messages(JudgedCompletion completion, JudgeForm form)
    {
        TaskField rubric = form == JudgeForm.OtherWording ? _judge.Rewording! : _judge.Rubric;
        Dictionary<string, object?> variables = Variables(completion, form);
        var messages = new List<ChatMessage>();
        if (_judge.System is { } system)
            messages.Add(new ChatMessage("system", Python.Str(system.Resolve(variables))));
        messages.Add(new ChatMessage("user", Python.Str(rubric.Resolve(variables))));
        return messages;
    }

    private Dictionary<string, object?> Variables(JudgedCompletion completion, JudgeForm form)
    {
        IReadOnlyDictionary<string, object?> document = completion.Document.Values;
        IEnumerable<string> grades = _judge.Grades.Select(g => g.Name);
        var variables = new Dictionary<string, object?>(document)
        {
            [JudgeDefinition.OfDocument] = document,
            [JudgeDefinition.OfCompletion] = form == JudgeForm.Repeated ? $"{completion.Text}\n\n{completion.Text}" : completion.Text,
            [JudgeDefinition.OfPrompt] = Python.Str(task.DocToText.Resolve(document)),
            [JudgeDefinition.OfGrades] = (form == JudgeForm.OtherOrder ? grades.Reverse() : grades).ToList<object?>(),
        };
        if (_judge.HasReference)
            variables[JudgeDefinition.OfReference] = completion.Reference;
        return variables;
    }
}
