namespace EvalHarness.Tokenizers;

/// <summary>The ids that a tokenizer puts around a text when special tokens are asked for.</summary>
/// <param name="Before">The ids before the text's own.</param>
/// <param name="After">The ids behind them.</param>
internal sealed record PostProcessor(IReadOnlyList<int> Before, IReadOnlyList<int> After)
{
    internal static PostProcessor None { get; } = new([], []);

    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: the post-processor is not supported, or not written as it must be.
    /// </exception>
    internal static PostProcessor Read(TokenizerPart part)
    {
        switch (part.Type)
        {
            // It changes offsets alone.
            case "ByteLevel":
                return None;
            case "Sequence":
                return part.Parts("processors").Select(Read).Aggregate(
                    None, (inner, outer) => new([.. outer.Before, .. inner.Before], [.. inner.After, .. outer.After]));
            case "BertProcessing" or "RobertaProcessing":
                return new PostProcessor([Id(part, "cls")], [Id(part, "sep")]);
            case "TemplateProcessing":
                return ReadTemplate(part);
            default:
                throw part.Unsupported("ByteLevel", "Sequence", "BertProcessing", "RobertaProcessing", "TemplateProcessing");
        }
    }

    /// <summary>The id of a pair of a token and its id.</summary>
    private static int Id(TokenizerPart part, string key) =>
        part.Ids(key) is [var id] ? id : throw part.Wrong($"{key} is no pair of a token and its id");

    private static PostProcessor ReadTemplate(TokenizerPart part)
    {
        List<int> before = [], after = [];
        int texts = 0;
        foreach (TokenizerPart piece in part.Parts("single"))
        {
            if (piece.TryGetPart("Sequence", out TokenizerPart? sequence))
            {
                string id = sequence.Text("id");
                texts += id == "A" ? 1 : throw sequence.Wrong($"id is {id}; expected A, as one text is encoded");
            }
            else
            {
                string token = piece.Part("SpecialToken").Text("id");
                (texts == 0 ? before : after).AddRange(part.Part("special_tokens").Part(token).Ids("ids"));
            }
        }

        return texts == 1
            ? new PostProcessor(before, after)
            : throw part.Wrong($"single has the text {texts} times; expected once");
    }
}
