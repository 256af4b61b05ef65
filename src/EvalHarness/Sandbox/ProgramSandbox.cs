using System.Collections.Concurrent;

namespace EvalHarness.Sandbox;

/// <summary>
/// Runs programs that a model wrote: no network, no view of the machine's files but a read-only /usr, a temporary folder of their own in
/// memory, limits on time, memory, processes, files and output. A box per core stays warm; each program is forked inside one.
/// </summary>
public sealed class ProgramSandbox : IAsyncDisposable
{
    /// <summary>A box is made anew after so many programs, and with it what the kernel keeps for it.</summary>
    private const int ProgramsPerBox = 1_000;

    /// <summary>How much more wall time the second try has, alone.</summary>
    private const int AloneFactor = 5;

    private readonly BoxBackend _backend;
    private readonly IReadOnlyList<string> _folders;
    private readonly ConcurrentBag<Box> _idle = [];
    private readonly SemaphoreSlim _places = new(Environment.ProcessorCount);
    private readonly SemaphoreSlim _alone = new(1);

    internal ProgramSandbox(BoxBackend backend, IReadOnlyList<string> folders) => (_backend, _folders) = (backend, folders);

    /// <summary>For doctor and manifest.</summary>
    public string Description { get; private set; } = "";

    internal BoxBackend Backend => _backend;

    /// <summary>Keeps programs from files, network and other processes.</summary>
    public bool Confines => _backend.Confines;

    /// <summary>Takes the first backend that works here: one in which the languages asked for start.</summary>
    /// <param name="name">auto, or a backend's; container:IMAGE names the image too.</param>
    /// <param name="languages">Programs of which are to run.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Environment"/>: says of each backend what is missing. <see cref="ExitCode.Usage"/>: there is none of that name.</exception>
    public static async Task<ProgramSandbox> OpenAsync(string name, IReadOnlyList<Language> languages, CancellationToken cancellationToken)
    {
        (ProgramSandbox? sandbox, string problem) = await TryOpenAsync(name, languages, cancellationToken).ConfigureAwait(false);
        return sandbox ?? throw new EvalException(ExitCode.Environment, $"running model-written code needs a sandbox, and none works here ({problem}); install bubblewrap or use --sandbox container, or leave such tasks out");
    }

    /// <returns>The sandbox, or what is missing of each backend tried.</returns>
    public static Task<(ProgramSandbox? Sandbox, string Problem)> TryOpenAsync(string name, IReadOnlyList<Language> languages, CancellationToken cancellationToken) =>
        TryOpenAsync(BoxBackend.Named(name), languages, cancellationToken);

    internal static async Task<(ProgramSandbox? Sandbox, string Problem)> TryOpenAsync(IReadOnlyList<BoxBackend> backends, IReadOnlyList<Language> languages, CancellationToken cancellationToken)
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

    /// <returns>What does not work, or null.</returns>
    private async Task<string?> TryAsync(IReadOnlyList<Language> languages, CancellationToken cancellationToken)
    {
        ProgramResult probe = await RunAsync(new SandboxedProgram { Source = "import sys\nprint(sys.version.split()[0])" }, cancellationToken).ConfigureAwait(false);
        if (probe.End != ProgramEnd.Passed)
            return $"does not start ({probe.End}: {probe.Detail}); it needs {_backend.Needs}";
        string[] versions = [$"Python {probe.Output.Trim()}"];
        foreach (Language language in languages.Where(l => l.Version.Count > 0))
        {
            ProgramResult result = await RunAsync(language.AskVersion(), cancellationToken).ConfigureAwait(false);
            if (result.ExitStatus != 0)
                return $"{language.Name} needs {language.Version[0]}, which does not start in it ({result.End}: {result.Detail})";
            versions = [.. versions, $"{language.Name} {EvalException.OneLine(result.Output)}"];
        }

        Description = $"{_backend.Name}{(Confines ? ", a child in namespaces of its own for each program" : ": nothing keeps programs from files and network")}; {string.Join(", ", versions)}";
        return null;
    }

    /// <summary>As many at once as there are cores; more wait. A program that the machine, not itself, kept from ending in time runs again alone.</summary>
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
            return await RunOnceAsync(program, program.Limits.WallTime * AloneFactor, cancellationToken).ConfigureAwait(false) with { Retried = true };
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
        // A box that was ended from outside, or whose child did not come to the program's first line, says nothing about the program; a fresh one is asked once.
        for (bool again = false; ; again = true)
        {
            Box box = !again && _idle.TryTake(out Box? warm) ? warm : await Box.StartAsync(_backend, _folders).ConfigureAwait(false);
            BoxAnswer? answer = null;
            ProgramResult? result = null;
            string error = "";
            try
            {
                answer = await box.RunAsync(request, cancellationToken).ConfigureAwait(false);
                result = answer is null ? null : Verdict.Of(answer, program, wallTime);
            }
            finally
            {
                if (result is not null && result.End != ProgramEnd.CouldNotStart && box.Count < ProgramsPerBox)
                {
                    _idle.Add(box);
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
        await Task.WhenAll(_idle.Select(box => box.DisposeAsync().AsTask())).ConfigureAwait(false);
        _idle.Clear();
        _places.Dispose();
        _alone.Dispose();
    }
}
