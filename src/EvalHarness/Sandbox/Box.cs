using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using EvalHarness.Files;

namespace EvalHarness.Sandbox;

/// <summary>
/// A warm interpreter inside namespaces (<c>Box/box.py</c>), which forks a child for each program it is given, one at a time. What a child
/// has of its own: processes, mounts with an empty /tmp, IPC, host name, memory, limits. What it shares with the programs before and after
/// it: the box's network namespace, which has no interface and in which it can open no socket, a read-only file system, and, as root, the
/// box's user, of which no other process is in sight.
/// </summary>
internal sealed class Box : IAsyncDisposable
{
    /// <summary>How much later than the wall time the box itself must have answered; it gives a program 10 s to begin.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly Task<string> _error;
    private bool _stuck;

    private Box(Process process) => (_process, _error) = (process, ReadEndAsync(process.StandardError));

    /// <summary>Programs it has run.</summary>
    internal int Count { get; private set; }

    internal static async Task<Box> StartAsync(BoxBackend backend, IReadOnlyList<string> folders)
    {
        var process = new Process { StartInfo = backend.Command(folders) };
        process.Start();
        var box = new Box(process);
        await box.SendAsync(Encoding.UTF8.GetBytes(BoxBackend.Program), CancellationToken.None).ConfigureAwait(false);
        return box;
    }

    /// <returns>Null where the box ended or answered nothing in time: it says nothing about the program, and the box is of no more use.</returns>
    internal async Task<BoxAnswer?> RunAsync(BoxRequest request, CancellationToken cancellationToken)
    {
        Count++;
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(TimeSpan.FromSeconds(request.Limits.Wall) + Grace);
        try
        {
            await SendAsync(JsonSerializer.SerializeToUtf8Bytes(request, ResultsJson.Line), late.Token).ConfigureAwait(false);
            Stream answers = _process.StandardOutput.BaseStream;
            byte[] head = new byte[4];
            await answers.ReadExactlyAsync(head, late.Token).ConfigureAwait(false);
            byte[] answer = new byte[BinaryPrimitives.ReadInt32BigEndian(head)];
            await answers.ReadExactlyAsync(answer, late.Token).ConfigureAwait(false);
            return JsonSerializer.Deserialize<BoxAnswer>(answer, ResultsJson.Line);
        }
        catch (IOException)
        {
            return null;
        }
        catch (OperationCanceledException)
        {
            _stuck = true;
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }

    private async Task SendAsync(byte[] text, CancellationToken cancellationToken)
    {
        byte[] head = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(head, text.Length);
        try
        {
            Stream requests = _process.StandardInput.BaseStream;
            await requests.WriteAsync((byte[])[.. head, .. text], cancellationToken).ConfigureAwait(false);
            await requests.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It ended before it read; that there is no answer, and its standard error, say so.
        }
    }

    /// <summary>Read all along, so that the pipe never fills; only the end is kept.</summary>
    private static async Task<string> ReadEndAsync(StreamReader reader)
    {
        string last = "";
        while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line)
            last = line.Length > 0 ? line : last;
        return last;
    }

    /// <summary>Ends the box and all that is in it; its mounts go with its namespaces.</summary>
    /// <returns>The last line that it wrote to standard error.</returns>
    internal async Task<string> EndAsync()
    {
        // The end of its input ends the box by itself, a container's too; what does not end is ended.
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It never read what was sent, and has ended.
        }

        using var late = new CancellationTokenSource(_stuck ? TimeSpan.Zero : TimeSpan.FromSeconds(5));
        try
        {
            await _process.WaitForExitAsync(late.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync().ConfigureAwait(false);
        }

        return EvalException.OneLine(await _error.ConfigureAwait(false));
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync().ConfigureAwait(false);
        _process.Dispose();
    }
}
