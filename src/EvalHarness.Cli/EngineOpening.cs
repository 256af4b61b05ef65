using EvalHarness.Engines;
using EvalHarness.Results;

namespace EvalHarness.Cli;

/// <summary>Opens the engine of a run, as <see cref="EngineFactory.OpenAsync"/> does.</summary>
internal delegate Task<IEngine> EngineOpening(
    RunOptions options, EngineDescription? earlier, Action<string> announce, Account? account, CancellationToken cancellationToken);
