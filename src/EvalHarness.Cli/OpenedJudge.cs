using EvalHarness.Engines;
using EvalHarness.Results;
using EvalHarness.Running;

namespace EvalHarness.Cli;

/// <summary>The model that grades a run, from before its first request to the end of the run; nothing where no model grades.</summary>
internal sealed class OpenedJudge : IAsyncDisposable
{
    private readonly IEngine? _engine;
    private Journal? _journal;

    private OpenedJudge(IEngine? engine) => _engine = engine;

    /// <summary>Of a run that no model grades.</summary>
    internal static OpenedJudge None { get; } = new(null);

    /// <summary>What it sent over the network in this start, by "host:port".</summary>
    internal IReadOnlyDictionary<string, HostTraffic> Traffic =>
        (_engine as IRemoteEngine)?.Traffic ?? new Dictionary<string, HostTraffic>();

    /// <summary>Opens the judge that <c>--judge</c> names.</summary>
    /// <param name="run">Is given the judge.</param>
    /// <param name="earlier">The manifest of the run that is continued; null for a new run.</param>
    /// <param name="announce">Receives one line for each choice that the judge's engine makes.</param>
    /// <param name="cancellationToken">Cancels loading.</param>
    /// <exception cref="EvalException">
    /// It does not open, cannot be asked in conversations, or has no price where prices are given.
    /// </exception>
    internal static async Task<OpenedJudge> OpenAsync(
        EvaluationRun run, Manifest? earlier, Action<string> announce, CancellationToken cancellationToken)
    {
        if (run.Options.Judge is null)
            return None;
        RunOptions options = run.Options.ForJudge();
        Account? account = run.Account?.Beside(options, EngineFactory.NameOf(options));
        return await OpenAsync(run.Options, earlier?.Judge, account, engine => run.OpenJudge(engine, account), announce, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Opens the judge of what is no run.</summary>
    /// <param name="options">With a judge.</param>
    /// <param name="earlier">The judge that is continued with, as its engine described it; null for a new one.</param>
    /// <param name="account">Pays for it; null where no prices are given.</param>
    /// <param name="open">Is given the engine.</param>
    /// <param name="announce">Receives one line for each choice that the judge's engine makes.</param>
    /// <param name="cancellationToken">Cancels loading.</param>
    /// <exception cref="EvalException">It does not open, or cannot be asked in conversations.</exception>
    internal static async Task<OpenedJudge> OpenAsync(
        RunOptions options,
        EngineDescription? earlier,
        Account? account,
        Action<IEngine> open,
        Action<string> announce,
        CancellationToken cancellationToken)
    {
        IEngine engine;
        try
        {
            engine = await EngineFactory
                .OpenAsync(options.ForJudge(), earlier, text => announce($"judge: {text}"), cancellationToken, account)
                .ConfigureAwait(false);
        }
        catch (EvalException e)
        {
            throw Explained(e);
        }

        var judge = new OpenedJudge(engine);
        try
        {
            open(engine);
            return judge;
        }
        catch (EvalException e) when (e.ExitCode == ExitCode.Model)
        {
            await judge.DisposeAsync().ConfigureAwait(false);
            throw new EvalException(
                ExitCode.Model,
                $"--judge {options.Judge}: has no chat template, in which a judge is asked; name a model that has one, or the "
                + "judge.jsonl of a run",
                e);
        }

        EvalException Explained(EvalException e) => new(e.ExitCode, $"--judge {options.Judge}: {e.Message}", e);
    }

    /// <summary>Opens the journal of the judge's answers, and lets the run ask.</summary>
    /// <param name="run">The run.</param>
    /// <param name="folder">Where its files are.</param>
    /// <param name="manifest">Of the run.</param>
    /// <param name="progress">Is told how far the judge is; may be null.</param>
    /// <param name="cancellationToken">Stops between lines.</param>
    internal async Task StartAsync(
        EvaluationRun run, RunFolder folder, Manifest manifest, IProgress<RunProgress>? progress, CancellationToken cancellationToken)
    {
        if (_engine is null)
            return;
        _journal = await Journal.OpenJudgeAsync(folder, manifest, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        run.StartJudge(_journal, progress);
    }

    public ValueTask DisposeAsync()
    {
        _journal?.Dispose();
        return _engine?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
