using EvalHarness.OnnxRuntimeGenAI.Inspection;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Tokenizers;
using EvalHarness.Tokens;

namespace EvalHarness.OnnxRuntimeGenAI.Parity;

/// <summary>The token ids of a text, which both sides must agree on.</summary>
internal static class FrozenTokens
{
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Incomparable"/>: the models' tokenizers give different ids. <see cref="ExitCode.Usage"/>: the text has no
    /// tokens. <see cref="ExitCode.Data"/>: a tokenizer has no token for a part of it.
    /// </exception>
    internal static ParityPlan Of(string text, ParitySide @base, ParitySide candidate)
    {
        ParityPlan plan = Of(text, @base), other = Of(text, candidate);
        int same = plan.Tokens.Zip(other.Tokens).TakeWhile(pair => pair.First == pair.Second).Count();
        if (same < plan.Tokens.Count || same < other.Tokens.Count || !plan.Prefix.SequenceEqual(other.Prefix))
        {
            throw new EvalException(
                ExitCode.Incomparable,
                $"{@base.Folder} and {candidate.Folder} split the text differently from token {same} on, or begin it differently: "
                + "their logits cannot be compared");
        }

        return plan.Tokens.Count > 0 ? plan : throw new EvalException(ExitCode.Usage, "the text has no tokens; expected some text");
    }

    private static ParityPlan Of(string text, ParitySide side)
    {
        try
        {
            using ModelTokenizer tokenizer = TokenizerChoice.Load(side.Folder, ModelConfig.Read(side.Folder), side.Engine);
            return new ParityPlan
            {
                Tokens = tokenizer.Encode(text),
                Prefix = tokenizer.Prefix,
            };
        }
        catch (UnencodableTextException e)
        {
            throw new EvalException(ExitCode.Data, $"{side.Folder}: {e.Message}; expected a text of its language", e);
        }
    }
}
