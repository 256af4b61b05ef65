using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using EvalHarness.Files;

namespace EvalHarness.Sandbox;

/// <summary>
/// A warm Python interpreter inside Linux namespaces (<c>Box/box.py</c>). It runs one program at a time, in children that it forks. A
/// program has its own processes, mounts with an empty /tmp, IPC, host name, memory and limits. It shares with the programs before and
/// after it the box's network namespace, which has no interface and in which it cannot open a socket; the read-only file system; and, if
/// the box was started by root, the box's user, whose other processes it cannot see.
/// </summary>
internal sealed class Box : IAsyncDisposable
{
    /// <summary>
    /// The time after a program's wall time limit by which the box must have answered. It includes the 10 s that the box gives a program
    /// to start.
    /// </summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly Task<string> _error;
    private readonly MemoryGroup? _group;
    private bool _stuck;

    private Box(Process process, MemoryGroup? group, long memory)
    {
        (_process, _group, Memory) = (process, group, memory);
        _error = ReadEndAsync(process.StandardError);
    }

    /// <summary>The number of programs that this box has been given.</summary>
    internal int Count { get; private set; }

    /// <summary>Whether the box has broken off its answers, so that it can run no further program.</summary>
    internal bool HasEnded { get; private set; }

    /// <summary>The bytes that all of the box may hold.</summary>
    internal long Memory { get; }

    /// <param name="backend">The tool that makes the box.</param>
    /// <param name="folders">Folders outside /usr that the programs can see, read-only.</param>
    /// <param name="memory">The bytes that all of the box may hold (<see cref="BoxBackend.BoxMemory"/>).</param>
    internal static async Task<Box> StartAsync(BoxBackend backend, IReadOnlyList<BoxFolder> folders, long memory)
    {
        (Process process, MemoryGroup? group) = backend.Start(folders, memory);
        var box = new Box(process, group, memory);
        await box.SendAsync(Encoding.UTF8.GetBytes(BoxBackend.Program), CancellationToken.None).ConfigureAwait(false);
        return box;
    }

    /// <returns>
    /// Null if the box ended or did not answer in time. This says nothing about the program, and the box cannot be used any more.
    /// </returns>
    internal async Task<BoxAnswer?> RunAsync(BoxRequest request, BoxTests? tests, CancellationToken cancellationToken)
    {
        Count++;
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(TimeSpan.FromSeconds(request.Limits.Wall) + Grace);
        long killsBefore = _group?.Kills ?? 0;
        bool IsFull() => _group?.Kills > killsBefore;
        try
        {
            await SendAsync(JsonSerializer.SerializeToUtf8Bytes(request, ResultsJson.Line), late.Token).ConfigureAwait(false);
            if (tests is not null)
                await SendAsync(JsonSerializer.SerializeToUtf8Bytes(tests, ResultsJson.Line), late.Token).ConfigureAwait(false);
            Stream answers = _process.StandardOutput.BaseStream;
            byte[] head = new byte[4];
            await answers.ReadExactlyAsync(head, late.Token).ConfigureAwait(false);
            byte[] answer = new byte[BinaryPrimitives.ReadInt32BigEndian(head)];
            await answers.ReadExactlyAsync(answer, late.Token).ConfigureAwait(false);
            var said = JsonSerializer.Deserialize<BoxAnswer>(answer, ResultsJson.Line);
            return said is null ? null : said with { GroupWasFull = IsFull() };
        }
        catch (IOException)
        {
            // Where the kernel ended the box itself because the program filled its group, that does say something about the program.
            HasEnded = true;
            return IsFull() ? new BoxAnswer("", "started", -1, null, 0, 0, 0, Memory) { GroupWasFull = true } : null;
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
            // The box ended before it read the request. RunAsync then finds no answer, and EndAsync returns what the box wrote last.
        }
    }

    /// <summary>Reads to the end, so that the pipe never fills up, and returns the last line that is not empty.</summary>
    private static async Task<string> ReadEndAsync(StreamReader reader)
    {
        string last = "";
        while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line)
            last = line.Length > 0 ? line : last;
        return last;
    }

    /// <summary>Ends the box and all processes in it. Its mounts disappear with its namespaces.</summary>
    /// <returns>The last line that the box wrote to standard error.</returns>
    internal async Task<string> EndAsync()
    {
        // A box, also one in a container, ends by itself at the end of its input. If it does not, it is killed.
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The box ended before it read everything that was sent to it.
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

        string last = EvalException.OneLine(await _error.ConfigureAwait(false));
        _group?.Dispose();
        return last;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync().ConfigureAwait(false);
        _process.Dispose();
    }
}
