namespace EvalHarness.Tokenizers;

/// <summary>The decoder of tokenizer.json: the steps that make a text of tokens.</summary>
internal sealed class DecodingSteps
{
    private readonly List<Func<DecodingStage, DecodingStage>> _steps = [];

    /// <summary>Whether the steps so far have made one token of all, which comes in parts.</summary>
    private bool _joined;

    /// <param name="decoder">The decoder; null where the file has none.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: a decoder is not supported, or not written as it must be.</exception>
    internal DecodingSteps(TokenizerPart? decoder)
    {
        if (decoder is null)
            _steps.Add(next => new SpacingStage(next));
        else
            Read(decoder);
    }

    /// <summary>The first step for a new text, whose last step is <paramref name="end"/>.</summary>
    internal DecodingStage Create(CollectingStage end)
    {
        DecodingStage stage = end;
        for (int i = _steps.Count - 1; i >= 0; i--)
            stage = _steps[i](stage);
        return stage;
    }

    private void Read(TokenizerPart part)
    {
        switch (part.Type)
        {
            case "Sequence":
                foreach (TokenizerPart step in part.Parts("decoders"))
                    Read(step);
                break;
            case "ByteLevel":
                Gather();
                _steps.Add(next => new ByteLevelStage(next));
                _joined = true;
                break;
            case "ByteFallback":
                Gather();
                _steps.Add(next => new ByteFallbackStage(next));
                break;
            case "Fuse":
                _joined = true;
                break;
            case "Replace":
                Replace(TextPattern.Read(part), part.Text("content"));
                break;
            case "Strip":
                Strip(part.CodePoint("content"), part.Whole("start", Vocabulary.HighestId), part.Whole("stop", Vocabulary.HighestId));
                break;
            case "Metaspace":
                string replacement = part.CodePoint("replacement");
                bool drops = Metaspace.ReadScheme(part) != PrependScheme.Never, joined = _joined;
                _steps.Add(next => new MetaspaceStage(replacement, drops, joined, next));
                break;
            default:
                throw part.Unsupported("Sequence", "ByteLevel", "ByteFallback", "Fuse", "Replace", "Strip", "Metaspace");
        }
    }

    private void Gather()
    {
        if (_joined)
            _steps.Add(next => new GatheringStage(next));
    }

    private void Replace(TextPattern pattern, string content)
    {
        if (pattern is not LiteralPattern { Literal.Length: 1 })
            Gather();
        var replace = new ReplaceNormalizer(pattern, content);
        _steps.Add(next => new MappingStage(token => replace.Apply(token, null), next));
    }

    private void Strip(string content, int start, int stop)
    {
        if (_joined && content.Length == 1)
        {
            _steps.Add(next => new StrippingStage(content[0], start, stop, next));
            return;
        }

        Gather();
        _steps.Add(next => new MappingStage(token => Strip(token, content, start, stop), next));
    }

    private static string Strip(string token, string content, int start, int stop)
    {
        int begin = 0, end = token.Length;
        for (; start > 0 && string.CompareOrdinal(token, begin, content, 0, content.Length) == 0; start--)
            begin += content.Length;
        for (; stop > 0 && end - content.Length >= begin
            && string.CompareOrdinal(token, end - content.Length, content, 0, content.Length) == 0; stop--)
            end -= content.Length;
        return token[begin..end];
    }
}
