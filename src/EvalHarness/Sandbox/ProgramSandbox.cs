using System.Collections.Concurrent;

namespace EvalHarness.Sandbox;

/// <summary>
/// Runs programs that a model wrote. They have no network and see no files of the machine except a read-only /usr. Each one has its own
/// temporary folder in memory, and limits on time, memory, processes, files and output. One box per core stays warm, and each program runs
/// in a child that is forked inside such a box.
/// </summary>
internal sealed class ProgramSandbox : IAsyncDisposable
{
    /// <summary>After this many programs, a box is replaced by a new one, so that nothing accumulates in the kernel.</summary>
    private const int ProgramsPerBox = 1_000;

    /// <summary>The factor by which a program has more wall time when it runs a second time, alone.</summary>
    private const int AloneFactor = 5;

    private readonly BoxBackend _backend;
    private readonly IReadOnlyList<BoxFolder> _folders;
    private readonly ConcurrentDictionary<long, ConcurrentBag<Box>> _idle = [];
    private readonly Dictionary<string, Language> _prepared = [];
    private readonly SemaphoreSlim _places = new(Environment.ProcessorCount);
    private readonly SemaphoreSlim _alone = new(1);

    internal ProgramSandbox(BoxBackend backend, IReadOnlyList<string> folders) =>
        (_backend, _folders) = (backend, [.. folders.Select(f => new BoxFolder(f, f))]);

    /// <summary>The backend and the versions of the languages, for the command doctor and for the run's manifest.</summary>
    public string Description { get; private set; } = "";

    internal BoxBackend Backend => _backend;

    /// <summary>Whether the sandbox keeps programs from files, the network and other processes.</summary>
    public bool Confines => _backend.Confines;

    /// <summary>Opens a sandbox with the first backend that works on this machine and can start all the given languages.</summary>
    /// <param name="name">The name of a backend, container:IMAGE, or auto for all backends that confine programs.</param>
    /// <param name="languages">The languages of the programs to run.</param>
    /// <param name="cancellationToken">Cancels the attempts.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Environment"/>: no backend works, and the message says for each one what is missing;
    /// <see cref="ExitCode.Usage"/>: there is no backend of that name.
    /// </exception>
    public static async Task<ProgramSandbox> OpenAsync(string name, IReadOnlyList<Language> languages, CancellationToken cancellationToken)
    {
        (ProgramSandbox? sandbox, string problem) = await TryOpenAsync(name, languages, cancellationToken).ConfigureAwait(false);
        return sandbox ?? throw new EvalException(
            ExitCode.Environment,
            $"running model-written code needs a sandbox, and none works here ({problem}); "
            + "install bubblewrap or use --sandbox container, or leave such tasks out");
    }

    /// <returns>The sandbox, or null and a text that says for each backend what is missing.</returns>
    public static Task<(ProgramSandbox? Sandbox, string Problem)> TryOpenAsync(
        string name, IReadOnlyList<Language> languages, CancellationToken cancellationToken) =>
        TryOpenAsync(BoxBackend.Named(name), languages, cancellationToken);

    internal static async Task<(ProgramSandbox? Sandbox, string Problem)> TryOpenAsync(
        IReadOnlyList<BoxBackend> backends, IReadOnlyList<Language> languages, CancellationToken cancellationToken)
    {
        var reasons = new List<string>();
        foreach (BoxBackend backend in backends)
        {
            if (backend.Missing() is { } missing)
            {
                reasons.Add($"{backend.Name}: {missing}");
                continue;
            }

            var sandbox = new ProgramSandbox(backend, [.. languages.Select(l => l.Folder).OfType<string>().Distinct()]);
            string? problem = await sandbox.TryAsync(languages, cancellationToken).ConfigureAwait(false);
            if (problem is null)
                return (sandbox, "");
            await sandbox.DisposeAsync().ConfigureAwait(false);
            reasons.Add($"{backend.Name}: {problem}");
        }

        return (null, string.Join("; ", reasons));
    }

    /// <returns>What does not work; null if everything does.</returns>
    private async Task<string?> TryAsync(IReadOnlyList<Language> languages, CancellationToken cancellationToken)
    {
        var askVersion = new SandboxedProgram { Source = "import sys\nprint(sys.version.split()[0])" };
        ProgramResult probe = await RunAsync(askVersion, cancellationToken).ConfigureAwait(false);
        if (probe.End != ProgramEnd.Passed)
            return $"does not start ({probe.End}: {probe.Detail}); it needs {_backend.Needs}";
        string[] versions = [$"Python {probe.Output.Trim()}"];
        foreach (Language language in languages.Where(l => l.Version.Count > 0))
        {
            ProgramResult result = await RunAsync(language.AskVersion(), cancellationToken).ConfigureAwait(false);
            if (result.ExitStatus != 0)
                return $"{language.Name} needs {language.Version[0]}, which does not start in this sandbox ({result.End}: {result.Detail})";
            versions = [.. versions, $"{language.Name} {EvalException.OneLine(result.Output)}"];
            if (language.Prepare is { } prepare)
            {
                result = await RunAsync(language.AskFiles(prepare), cancellationToken).ConfigureAwait(false);
                if (result.ExitStatus != 0 || language.WithFiles(prepare, result.Output) is not { } prepared)
                    return $"{language.Name}: preparing {string.Join(", ", prepare.Keep)} failed ({result.End}: {result.Detail})";
                _prepared[language.Name] = prepared;
            }
        }

        string confinement = Confines ? ", each program in its own namespaces" : ": nothing keeps programs from files and network";
        Description = $"{_backend.Name}{confinement}; {_backend.MemoryBound}; {string.Join(", ", versions)}";
        return null;
    }

    /// <summary>Runs a model's answer with the tests for it.</summary>
    /// <param name="language">One of the languages that the sandbox was opened with.</param>
    /// <param name="answer">The code that the model wrote.</param>
    /// <param name="tests">The code that tests the answer.</param>
    /// <param name="time">The limit of processor time, see <see cref="Language.Attach"/>.</param>
    /// <param name="cancellationToken">Ends the program.</param>
    public Task<ProgramResult> RunAsync(
        Language language, string answer, string tests, TimeSpan time, CancellationToken cancellationToken) =>
        RunAsync(_prepared.GetValueOrDefault(language.Name, language).Attach(answer, tests, time), cancellationToken);

    /// <summary>
    /// Runs a program. As many programs run at once as there are cores; further ones wait. A program that exceeded its wall time because
    /// other programs had the cores runs again, alone.
    /// </summary>
    public async Task<ProgramResult> RunAsync(SandboxedProgram program, CancellationToken cancellationToken)
    {
        ProgramResult result;
        await _places.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            result = await RunOnceAsync(program, program.Limits.WallTime, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _places.Release();
        }

        return result.WasStarved ? await RunAloneAsync(program, cancellationToken).ConfigureAwait(false) : result;
    }

    private async Task<ProgramResult> RunAloneAsync(SandboxedProgram program, CancellationToken cancellationToken)
    {
        await _alone.WaitAsync(cancellationToken).ConfigureAwait(false);
        int taken = 0;
        try
        {
            for (; taken < Environment.ProcessorCount; taken++)
                await _places.WaitAsync(cancellationToken).ConfigureAwait(false);
            TimeSpan wallTime = program.Limits.WallTime * AloneFactor;
            return await RunOnceAsync(program, wallTime, cancellationToken).ConfigureAwait(false) with { Retried = true };
        }
        finally
        {
            if (taken > 0)
                _places.Release(taken);
            _alone.Release();
        }
    }

    private async Task<ProgramResult> RunOnceAsync(SandboxedProgram program, TimeSpan wallTime, CancellationToken cancellationToken)
    {
        var request = BoxRequest.Of(program, wallTime);
        var tests = BoxTests.Of(program);
        long memory = BoxBackend.BoxMemory(program.Limits);
        // Boxes differ in nothing but the memory that they may hold.
        ConcurrentBag<Box> idle = _idle.GetOrAdd(memory, _ => []);
        // If something outside ended the box, or its child did not reach the program's first line, that says nothing about the program.
        // The program is then given to one new box.
        for (bool again = false; ; again = true)
        {
            Box box = !again && idle.TryTake(out Box? warm) ? warm : await Box.StartAsync(_backend, _folders, memory).ConfigureAwait(false);
            BoxAnswer? answer = null;
            ProgramResult? result = null;
            string error = "";
            try
            {
                answer = await box.RunAsync(request, tests, cancellationToken).ConfigureAwait(false);
                result = answer is null ? null : Verdict.Of(answer, program, wallTime);
            }
            finally
            {
                if (result is not null && result.End != ProgramEnd.CouldNotStart && box.Count < ProgramsPerBox && !box.HasEnded)
                {
                    idle.Add(box);
                }
                else
                {
                    error = await box.EndAsync().ConfigureAwait(false);
                    await box.DisposeAsync().ConfigureAwait(false);
                }
            }

            if (result is not null && (again || result.End != ProgramEnd.CouldNotStart))
                return result;
            if (again)
                return new ProgramResult(ProgramEnd.CouldNotStart, error, "");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_idle.Values.SelectMany(boxes => boxes).Select(box => box.DisposeAsync().AsTask())).ConfigureAwait(false);
        _idle.Clear();
        _places.Dispose();
        _alone.Dispose();
    }
}
