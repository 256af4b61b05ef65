namespace EvalHarness.Tokenizers;

/// <summary>Before which pieces of a text a visible space is put.</summary>
internal enum PrependScheme
{
    /// <summary>Before none.</summary>
    Never,

    /// <summary>Before the piece at the beginning of the text.</summary>
    First,

    /// <summary>Before each.</summary>
    Always,
}

/// <summary>What the pre-tokenizer and the decoder Metaspace have in common.</summary>
internal static class Metaspace
{
    /// <summary>The scheme, which older files write as add_prefix_space.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: there is no such scheme, or the two contradict each other.</exception>
    internal static PrependScheme ReadScheme(TokenizerPart part)
    {
        PrependScheme scheme = !part.Has("prepend_scheme")
            ? part.Flag("add_prefix_space", otherwise: true) ? PrependScheme.Always : PrependScheme.Never
            : part.Text("prepend_scheme") switch
            {
                "never" => PrependScheme.Never,
                "first" => PrependScheme.First,
                "always" => PrependScheme.Always,
                { } other => throw part.Wrong($"prepend_scheme is {other}; expected never, first or always"),
            };
        return scheme != PrependScheme.Never && !part.Flag("add_prefix_space", otherwise: true)
            ? throw part.Wrong("add_prefix_space is false, and prepend_scheme is not never; expected that they agree")
            : scheme;
    }
}
