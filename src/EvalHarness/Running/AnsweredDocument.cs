using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Results;

namespace EvalHarness.Running;

/// <summary>A document with the responses to its requests, in the order of the requests.</summary>
internal readonly record struct AnsweredDocument(PreparedDocument Document, IReadOnlyList<Response> Responses)
{
    /// <summary>The characters of its prompts and responses, each prompt counted once.</summary>
    internal long Characters
    {
        get
        {
            long characters = Responses.Sum(r => (r.Text?.Length ?? 0L) + (r.Reasoning?.Length ?? 0));
            Prompt? last = null;
            foreach (Request request in Document.Requests)
            {
                characters += ReferenceEquals(request.Prompt, last) ? 0 : request.Context.Length;
                last = request.Prompt;
            }

            return characters;
        }
    }

    /// <param name="documents">The documents of a task.</param>
    /// <param name="position">Of the document among them.</param>
    /// <param name="journal">Has the responses.</param>
    internal static AnsweredDocument Read(PreparedDocuments documents, int position, Journal journal)
    {
        PreparedDocument document = documents[position];
        return new AnsweredDocument(
            document, journal.Responses(documents.Run.Definition.Name, document.Id, document.Requests.Count));
    }
}
