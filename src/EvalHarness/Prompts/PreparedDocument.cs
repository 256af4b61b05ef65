using EvalHarness.Data;
using EvalHarness.Tasks;

namespace EvalHarness.Prompts;

/// <summary>A document with its prompt, its reference answer and the requests that answer it.</summary>
internal sealed record PreparedDocument
{
    /// <summary>The position among the task's documents, from 0.</summary>
    public required long Id { get; init; }

    public required Document Document { get; init; }

    /// <summary>The prompt, or the first one if each choice has its own prompt because it is written into the question.</summary>
    public required Prompt Prompt { get; init; }

    /// <summary>The prompt as text; see <see cref="Prompt.Text"/>.</summary>
    public string Context => Prompt.Text;

    /// <summary>The choices. The list is empty unless the task has choices.</summary>
    public required IReadOnlyList<string> Choices { get; init; }

    /// <summary>The target: an index into the choices (long), text, or a list of either.</summary>
    public required object? Target { get; init; }

    /// <summary>
    /// The value that answers are graded against: the target, or the index (long) of the right question if the choices are written
    /// into the question.
    /// </summary>
    public required object? Gold { get; init; }

    /// <summary>
    /// Whether the targets of the task are lists of which any item is right. The first document that has a prompt decides it for the whole
    /// task; lm-evaluation-harness, which stops at a document without one, takes the first.
    /// </summary>
    public required bool MultipleTargets { get; init; }

    /// <summary>The requests that answer the document; none if <see cref="Failure"/> is set.</summary>
    public required IReadOnlyList<Request> Requests { get; init; }

    /// <summary>
    /// Why no prompt can be made of the document: its message names the task, the row, the key or column, and what the row has. Null for a
    /// document with a prompt.
    /// </summary>
    public EvalException? Failure { get; init; }

    /// <summary>A document that does not fit the task's templates. It has no prompt, no target and no requests.</summary>
    internal static PreparedDocument Failed(NumberedDocument document, EvalException failure) => new()
    {
        Id = document.Id,
        Document = document.Document,
        Prompt = Prompt.FromString(""),
        Choices = [],
        Target = null,
        Gold = null,
        MultipleTargets = false,
        Requests = [],
        Failure = failure,
    };

    /// <summary>
    /// The texts of the conversations that were rendered, each different one once, in the order in which <see cref="Render"/> meets them.
    /// </summary>
    internal IReadOnlyList<string> RenderedTexts()
    {
        var met = new HashSet<Prompt>(ReferenceEqualityComparer.Instance);
        return [.. Requests.Select(r => r.Prompt).Prepend(Prompt).Where(p => p.Messages.Count > 0 && met.Add(p)).Select(p => p.Text)];
    }

    /// <summary>The document with every prompt rendered; each different prompt is rendered once.</summary>
    /// <param name="render">Renders a prompt, as an engine does.</param>
    public PreparedDocument Render(Func<Prompt, Prompt> render)
    {
        if (Prompt.IsRendered && Requests.All(r => r.Prompt.IsRendered))
            return this;
        var rendered = new Dictionary<Prompt, Prompt>(ReferenceEqualityComparer.Instance);
        Prompt Once(Prompt prompt)
        {
            if (!rendered.TryGetValue(prompt, out Prompt? known))
                rendered[prompt] = known = render(prompt);
            return known;
        }

        return this with { Prompt = Once(Prompt), Requests = [.. Requests.Select(r => r with { Prompt = Once(r.Prompt) })] };
    }
}
