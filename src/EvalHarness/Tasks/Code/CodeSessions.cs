using EvalHarness.Sandbox;

namespace EvalHarness.Tasks.Code;

/// <summary>
/// The sessions of a run. Whoever asks for one has it alone until it comes back; idle ones stay warm, a few of them. The first one decides
/// which kind of box this machine can make.
/// </summary>
/// <param name="backends">The tools that may make the boxes, the best one first.</param>
/// <param name="settings">What the interpreters begin with.</param>
/// <param name="limits">What each session may use.</param>
/// <param name="time">The clock of the limits of time.</param>
internal sealed class CodeSessions(
    IReadOnlyList<BoxBackend> backends, CodeSettings settings, CodeLimits limits, TimeProvider time) : IDisposable
{
    private const int MostIdle = 4;

    private readonly Lock _lock = new();
    private readonly List<CodeConversation> _idle = [];
    private BoxBackend? _backend;
    private string? _python;

    /// <summary>The kind of box and the version of Python, for the manifest; null before the first session.</summary>
    internal string? Description => _backend is null
        ? null
        : $"{_backend.Name}{(_backend.Confines ? "" : ": nothing keeps programs from files and network")}; {_backend.MemoryBound}";

    /// <summary>The version of Python, such as 3.11.2; null before the first session.</summary>
    internal string? Python => _python;

    /// <summary>A session that sees a folder, warm if there is one.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Environment"/>: no sandbox works on this machine.</exception>
    internal CodeConversation Rent(CodeRoot root)
    {
        lock (_lock)
        {
            int at = _idle.FindLastIndex(c => c.Root == root);
            if (at >= 0)
            {
                CodeConversation warm = _idle[at];
                _idle.RemoveAt(at);
                return warm;
            }

            // Under the lock, so that only one thread finds out what works here.
            if (_backend is null)
                return First(root);
        }

        try
        {
            return Open(_backend, root);
        }
        catch (CodeSessionException e)
        {
            throw new EvalException(
                ExitCode.Environment, $"the sandbox for the Python of task files does not start any more: {e.Message}", e);
        }
    }

    private CodeConversation First(CodeRoot root)
    {
        var reasons = new List<string>();
        foreach (BoxBackend backend in backends)
        {
            if (backend.Missing() is { } missing)
            {
                reasons.Add($"{backend.Name}: {missing}");
                continue;
            }

            try
            {
                CodeConversation first = Open(backend, root);
                _backend = backend;
                return first;
            }
            catch (CodeSessionException e)
            {
                reasons.Add($"{backend.Name}: {e.Message}; it needs {backend.Needs}");
            }
        }

        throw new EvalException(
            ExitCode.Environment,
            $"running the Python of task files needs a sandbox, and none works here ({string.Join("; ", reasons)}); "
            + "install bubblewrap or use --sandbox container, or leave such tasks out");
    }

    /// <exception cref="CodeSessionException">The session ended before it began.</exception>
    private CodeConversation Open(BoxBackend backend, CodeRoot root)
    {
        CodeSession session = CodeSession.Start(backend, root.Host, settings.Source, limits, time);
        string inside = backend.Seen(root.Host);
        var conversation = new CodeConversation(session, root, inside, time);
        try
        {
            object? opened = conversation.Ask(
                "open",
                writer =>
                {
                    writer.WriteString("root", inside);
                    writer.WriteString("package", root.Package);
                    writer.WriteStartObject("shims");
                    foreach ((string name, string text) in SessionSource.Shims)
                        writer.WriteString(name, text);
                    writer.WriteEndObject();
                    writer.WriteNumber("random", settings.RandomSeed);
                    writer.WriteNumber("numpy", settings.NumPySeed);
                    writer.WriteNumber("row_seconds", limits.RowProcessorTime.TotalSeconds);
                },
                limits.Row);
            string? python = (opened as IReadOnlyDictionary<string, object?>)?.GetValueOrDefault("python") as string;
            _python ??= UntrustedText.OneLine(python ?? "");
            return conversation;
        }
        catch (CodeFailure e)
        {
            conversation.Dispose();
            throw new CodeSessionException(e.Message);
        }
        catch
        {
            conversation.Dispose();
            throw;
        }
    }

    /// <summary>Takes a session back that can be asked again.</summary>
    internal void Return(CodeConversation conversation)
    {
        CodeConversation? surplus = null;
        lock (_lock)
        {
            _idle.Add(conversation);
            if (_idle.Count > MostIdle)
            {
                surplus = _idle[0];
                _idle.RemoveAt(0);
            }
        }

        surplus?.Dispose();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _idle.ForEach(conversation => conversation.Dispose());
            _idle.Clear();
        }
    }
}
