using EvalHarness.Data;
using EvalHarness.Tasks;

namespace EvalHarness.Prompts;

/// <summary>
/// What a prompt and its requests are put together from: the document, what the keys of the task give for it, and which examples stand
/// before it. It is much shorter than the prompt, and putting it together again takes no template.
/// </summary>
/// <param name="Document">The document.</param>
/// <param name="Shots">The few-shot examples, as positions in the pool.</param>
/// <param name="Fields">What the keys of the task give; null for a document that does not fit them.</param>
internal sealed record PromptParts(NumberedDocument Document, int[] Shots, PromptFields? Fields)
{
    /// <summary>Why no prompt can be made of the document; null if one can.</summary>
    public EvalException? Failure { get; init; }

    /// <summary>
    /// The texts that an engine has rendered of the document's conversations, each different one once, in the order in which
    /// <see cref="PreparedDocument"/> has them; null where none was rendered.
    /// </summary>
    public IReadOnlyList<string>? Rendered { get; init; }

    internal void Write(BinaryWriter writer)
    {
        writer.Write(Document.Id);
        writer.Write(Document.Row);
        ValueCodec.Write(writer, Document.Document.Values);
        writer.Write7BitEncodedInt(Shots.Length);
        foreach (int shot in Shots)
            writer.Write7BitEncodedInt(shot);
        writer.Write(Failure is null);
        if (Failure is { } failure)
        {
            writer.Write((int)failure.ExitCode);
            writer.Write(failure.Message);
            return;
        }

        Fields!.Write(writer);
        ValueCodec.Write(writer, Rendered?.ToList<object?>());
    }

    internal static PromptParts Read(BinaryReader reader)
    {
        long id = reader.ReadInt64(), row = reader.ReadInt64();
        var values = (IReadOnlyDictionary<string, object?>)ValueCodec.Read(reader)!;
        var document = new NumberedDocument(id, new Document(values)) { Row = row };
        int[] shots = new int[reader.Read7BitEncodedInt()];
        for (int i = 0; i < shots.Length; i++)
            shots[i] = reader.Read7BitEncodedInt();
        if (!reader.ReadBoolean())
        {
            return new PromptParts(document, shots, null)
            {
                Failure = new EvalException((ExitCode)reader.ReadInt32(), reader.ReadString()),
            };
        }

        return new PromptParts(document, shots, PromptFields.Read(reader))
        {
            Rendered = ((IReadOnlyList<object?>?)ValueCodec.Read(reader))?.Cast<string>().ToList(),
        };
    }
}

/// <summary>What the keys of a task give for one document.</summary>
/// <param name="Question">Text, or the index (long) of the right choice if the choices are written into the question.</param>
/// <param name="Choices">Empty unless the task has choices.</param>
/// <param name="Target">See <see cref="PreparedDocument.Target"/>.</param>
/// <param name="Answer">The target as text if its log-likelihood is asked for; otherwise empty.</param>
/// <param name="Description">The text before the examples, or null.</param>
/// <param name="Prefix">The beginning of the answer, or null.</param>
internal sealed record PromptFields(
    object Question, IReadOnlyList<string> Choices, object? Target, string Answer, string? Description, string? Prefix)
{
    internal void Write(BinaryWriter writer)
    {
        ValueCodec.Write(writer, Question);
        ValueCodec.Write(writer, Choices.ToList<object?>());
        ValueCodec.Write(writer, Target);
        ValueCodec.Write(writer, Answer);
        ValueCodec.Write(writer, Description);
        ValueCodec.Write(writer, Prefix);
    }

    internal static PromptFields Read(BinaryReader reader)
    {
        object question = ValueCodec.Read(reader)!;
        string[] choices = [.. ((IReadOnlyList<object?>)ValueCodec.Read(reader)!).Cast<string>()];
        object? target = ValueCodec.Read(reader);
        return new PromptFields(
            question,
            choices,
            target,
            (string)ValueCodec.Read(reader)!,
            (string?)ValueCodec.Read(reader),
            (string?)ValueCodec.Read(reader));
    }
}
