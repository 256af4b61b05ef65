namespace EvalHarness.Tokenizers;

/// <summary>A text that grows token by token, by the decoder of a tokenizer.json.</summary>
internal sealed class JsonTextStream : ITextStream
{
    private readonly JsonTokenizer _tokenizer;
    private readonly bool _skipSpecialTokens;
    private readonly CollectingStage _end = new();
    private readonly DecodingStage _first;

    internal JsonTextStream(JsonTokenizer tokenizer, bool skipSpecialTokens)
    {
        _tokenizer = tokenizer;
        _skipSpecialTokens = skipSpecialTokens;
        _first = tokenizer.CreateSteps(_end);
    }

    public string Add(int id)
    {
        Take(id);
        return _end.Take();
    }

    public string Finish()
    {
        _first.Finish();
        return _end.Take();
    }

    /// <summary>Adds tokens and ends the text.</summary>
    internal string AddAll(ReadOnlySpan<int> ids)
    {
        foreach (int id in ids)
            Take(id);
        return Finish();
    }

    public void Dispose()
    {
    }

    private void Take(int id)
    {
        if (_tokenizer.DecodableToken(id, _skipSpecialTokens) is { } token)
            _first.Add(token);
    }
}
