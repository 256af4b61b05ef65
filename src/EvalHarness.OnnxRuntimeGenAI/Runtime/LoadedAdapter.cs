using EvalHarness.OnnxRuntimeGenAI.Inspection;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Runtime;

/// <summary>An adapter in the memory of the runtime. Generators that use it must be disposed before it, and it before the model.</summary>
internal sealed class LoadedAdapter : IDisposable
{
    private readonly Adapters _adapters;
    private readonly string _name;

    private LoadedAdapter(Adapters adapters, string name) => (_adapters, _name) = (adapters, name);

    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: the runtime does not take the file.</exception>
    internal static LoadedAdapter Load(Model model, AdapterFile file) => Load(model, file.Path, file);

    /// <param name="model">The model that it is for.</param>
    /// <param name="path">Where the bytes are.</param>
    /// <param name="file">Whose adapter it is, for the message.</param>
    internal static LoadedAdapter Load(Model model, string path, AdapterFile file)
    {
        Adapters? adapters = null;
        try
        {
            adapters = new Adapters(model);
            adapters.LoadAdapter(path, file.Name);
            return new LoadedAdapter(adapters, file.Name);
        }
        catch (OnnxRuntimeGenAIException e)
        {
            adapters?.Dispose();
            throw new EvalException(
                ExitCode.Model, $"--adapter {file.Path}: the runtime does not load it: {EvalException.OneLine(e.Message)}", e);
        }
    }

    internal void SetOn(Generator generator) => generator.SetActiveAdapter(_adapters, _name);

    public void Dispose() => _adapters.Dispose();
}
