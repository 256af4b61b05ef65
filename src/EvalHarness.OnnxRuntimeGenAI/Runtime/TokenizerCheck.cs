using EvalHarness.Tokenizers;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Runtime;

/// <summary>What a look at a model's tokenizer files finds when the model is loaded.</summary>
/// <param name="Used">Which tokenizer is used, and how the other one's ids compare on the probe texts.</param>
/// <param name="SpecialTokens">One line for each disagreement between the files about special tokens.</param>
internal sealed record TokenizerCheck(string Used, IReadOnlyList<string> SpecialTokens)
{
    internal static TokenizerCheck Of(string folder, ITokenizer used)
    {
        var own = used as JsonTokenizer;
        return new TokenizerCheck($"{used.Name}; {Compared(folder, used)}", SpecialTokenCheck.Disagreements(folder, own));
    }

    private static string Compared(string folder, ITokenizer used)
    {
        string file = Path.Combine(folder, JsonTokenizer.FileName);
        if (used is GenAiTokenizer && !File.Exists(file))
            return $"the folder has no {JsonTokenizer.FileName} to compare with";
        try
        {
            using ITokenizer other = used is GenAiTokenizer ? JsonTokenizer.Load(file) : GenAiTokenizer.Load(folder);
            return ProbeTexts.Compare(used, other);
        }
        catch (Exception e) when (e is OnnxRuntimeGenAIException or EvalException)
        {
            return $"not compared: {EvalException.OneLine(e.Message)}";
        }
    }
}
