using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Runtime;

/// <summary>Makes every generator on a model, with or without an adapter.</summary>
/// <param name="model">The native model.</param>
/// <param name="adapter">What is laid over the model's weights; null for nothing.</param>
internal sealed class GeneratorSource(Model model, LoadedAdapter? adapter)
{
    internal Model Model => model;

    /// <summary>
    /// A generator that computes with the adapter from its first token on. Over tokens that a generator holds already, the runtime sets an
    /// adapter without an error and goes on from the keys and values that the base computed.
    /// </summary>
    /// <exception cref="OnnxRuntimeGenAIException">The runtime refuses the parameters or the adapter.</exception>
    internal Generator Create(GeneratorParams parameters)
    {
        var generator = new Generator(model, parameters);
        try
        {
            adapter?.SetOn(generator);
            return generator;
        }
        catch
        {
            generator.Dispose();
            throw;
        }
    }
}
