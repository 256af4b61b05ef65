using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Engine;
using EvalHarness.OnnxRuntimeGenAI.Inspection;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Results;

namespace EvalHarness.Cli;

/// <summary>
/// A model that is loaded once for several runs, without and with adapters. Its chat template sees one day in all of them, and rates that
/// it measures hold for all.
/// </summary>
/// <param name="earlier">A description of the model in a run that is continued; null where none is.</param>
internal sealed class AdapterBase(EngineDescription? earlier) : IAsyncDisposable
{
    private GenAiEngine? _engine;

    /// <summary>Whether the model has been loaded.</summary>
    internal bool IsLoaded => _engine is not null;

    /// <inheritdoc cref="EngineFactory.OpenAsync"/>
    internal async Task<IEngine> OpenAsync(
        RunOptions options, EngineDescription? resumed, Action<string> announce, Account? account, CancellationToken cancellationToken)
    {
        string folder = EngineFactory.FolderOf(options.Model);
        AdapterFile? adapter = options.Adapters.SingleOrDefault() is { } file ? AdapterFile.ReadFor(folder, file) : null;
        if (_engine is null)
        {
            GenAiOptions plain = EngineFactory.ForRun(options with { Adapters = [] }, resumed ?? earlier, announce);
            _engine = await GenAiEngine.LoadAsync(folder, plain, cancellationToken).ConfigureAwait(false);
        }

        return await _engine.ShareAsync(adapter, announce, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => _engine?.DisposeAsync() ?? ValueTask.CompletedTask;
}
