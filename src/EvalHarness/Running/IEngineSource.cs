using EvalHarness.Engines;
using EvalHarness.Results;

namespace EvalHarness.Running;

/// <summary>
/// Opens models of one kind. A public class with a parameterless constructor that implements this interface is found in an assembly that
/// <c>--plugin</c> names, before the engines of the program are asked.
/// </summary>
public interface IEngineSource
{
    /// <summary>Whether this source opens the model of <c>--model</c>. It decides by the name, or by the kind of file.</summary>
    bool Opens(string model);

    /// <summary>Loads the model.</summary>
    /// <param name="options">What the run was asked to do. An option that means nothing to the engine is refused.</param>
    /// <param name="earlier">The engine of the run that is resumed; null for a new run.</param>
    /// <param name="announce">Receives one line of text for what the user should know.</param>
    /// <param name="cancellationToken">Cancels loading.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: the model does not load; <see cref="ExitCode.Usage"/>: an option does not fit the engine.
    /// </exception>
    Task<IEngine> OpenAsync(
        RunOptions options, EngineDescription? earlier, Action<string> announce, CancellationToken cancellationToken);
}
