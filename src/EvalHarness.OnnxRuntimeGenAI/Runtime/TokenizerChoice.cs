using EvalHarness.OnnxRuntimeGenAI.Inspection;
using EvalHarness.Tokenizers;
using EvalHarness.Tokens;

namespace EvalHarness.OnnxRuntimeGenAI.Runtime;

/// <summary>Which of the two programs that can read a model folder's tokenizer files makes the ids.</summary>
internal static class TokenizerChoice
{
    /// <summary>Reads the tokenizer of a model folder: its tokenizer.json, or what the runtime reads of it.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: tokenizer.json is damaged, or has a part that is not supported.
    /// </exception>
    internal static ModelTokenizer Load(string folder, ModelConfig config, GenAiOptions options)
    {
        string file = Path.Combine(folder, JsonTokenizer.FileName);
        ITokenizer tokenizer = options.Tokenizer != "genai" && File.Exists(file) ? JsonTokenizer.Load(file) : GenAiTokenizer.Load(folder);
        try
        {
            return new ModelTokenizer(tokenizer, config.BeginOfTextId, config.EndOfTextIds[0], options.AddBosToken)
            {
                ThinkEndToken = options.ThinkEndToken,
            };
        }
        catch
        {
            tokenizer.Dispose();
            throw;
        }
    }
}
