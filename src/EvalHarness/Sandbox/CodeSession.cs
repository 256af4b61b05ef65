using System.Buffers.Binary;
using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using EvalHarness.Files;

namespace EvalHarness.Sandbox;

/// <summary>
/// A Python interpreter in a box of its own that stays and is asked again and again (<c>Box/interpreter.py</c>). It is confined as a
/// program that a model wrote is, and sees one folder besides /usr. What it says is not to be trusted: whoever wrote the task's Python
/// can make it say anything. All calls block, and come from one thread at a time.
/// </summary>
internal sealed class CodeSession : IDisposable
{
    /// <summary>The bytes of the longest request and the longest answer.</summary>
    internal const int LongestFrame = 64 << 20;

    private static readonly TimeSpan TimeToEnd = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan TimeToSay = TimeSpan.FromSeconds(1);

    private readonly Process _process;
    private readonly MemoryGroup? _group;
    private readonly CodeLimits _limits;
    private readonly ITimer _timer;
    private TimeSpan _wall;
    private volatile bool _isLate;
    private bool _hasEnded;

    private CodeSession(Process process, MemoryGroup? group, CodeLimits limits, TimeProvider time)
    {
        (_process, _group, _limits) = (process, group, limits);
        _timer = time.CreateTimer(_ => EndLate(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <param name="backend">The tool that makes the box.</param>
    /// <param name="folder">The folder with the task files. The session sees it, read-only, as <see cref="BoxBackend.Seen"/> says.</param>
    /// <param name="source">The Python source whose function serve_session answers what is asked.</param>
    /// <param name="limits">What the session may use.</param>
    /// <param name="time">The clock of the limits of time.</param>
    /// <exception cref="CodeSessionException">The box did not start.</exception>
    internal static CodeSession Start(BoxBackend backend, string folder, string source, CodeLimits limits, TimeProvider time)
    {
        string root = backend.Seen(folder);
        CodeSession session;
        try
        {
            (Process process, MemoryGroup? group) = backend.Start([new BoxFolder(folder, root)], BoxBackend.BoxMemory(limits.Session));
            session = new CodeSession(process, group, limits, time);
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            throw new CodeSessionException($"did not start: {e.Message}");
        }

        session.Send(Encoding.UTF8.GetBytes(BoxBackend.Program), limits.Row);
        var request = new BoxRequest
        {
            Session = source,
            Root = root,
            Limits = BoxLimits.Of(limits.Session, limits.Whole),
        };
        session.Send(JsonSerializer.SerializeToUtf8Bytes(request, ResultsJson.Line), limits.Row);
        return session;
    }

    /// <summary>Sends a request.</summary>
    /// <param name="frame">JSON in UTF-8.</param>
    /// <param name="wall">How long the session may take to read it.</param>
    /// <exception cref="CodeSessionException">The session has ended.</exception>
    internal void Send(ReadOnlySpan<byte> frame, TimeSpan wall)
    {
        Span<byte> head = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(head, frame.Length);
        Begin(wall);
        try
        {
            Stream requests = _process.StandardInput.BaseStream;
            requests.Write(head);
            requests.Write(frame);
            requests.Flush();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw Ended();
        }

        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Waits for the next answer.</summary>
    /// <param name="wall">How long the session may take until it has sent all of it.</param>
    /// <exception cref="CodeSessionException">The session has ended.</exception>
    internal byte[] Receive(TimeSpan wall)
    {
        Begin(wall);
        byte[] frame;
        try
        {
            Stream answers = _process.StandardOutput.BaseStream;
            Span<byte> head = stackalloc byte[4];
            answers.ReadExactly(head);
            uint length = BinaryPrimitives.ReadUInt32BigEndian(head);
            if (length > LongestFrame)
                throw Broken();
            frame = new byte[length];
            answers.ReadExactly(frame);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw Ended();
        }

        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        return frame;
    }

    /// <summary>Ends the session because it sent something that is no answer.</summary>
    internal CodeSessionException Broken()
    {
        Kill();
        Ended();
        return new CodeSessionException("sent something that is no answer, as if the task's Python wrote to the interpreter's own files");
    }

    /// <summary>Ends the session at once, also from another thread while this one waits for an answer.</summary>
    internal void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended by itself.
        }
    }

    private void Begin(TimeSpan wall)
    {
        if (_hasEnded)
            throw new CodeSessionException("has ended before");
        _wall = wall;
        _timer.Change(wall, Timeout.InfiniteTimeSpan);
    }

    private void EndLate()
    {
        _isLate = true;
        Kill();
    }

    private CodeSessionException Ended()
    {
        // What ended by itself says why, if it is not told first that nobody asks any more.
        if (!_hasEnded)
            _process.WaitForExit(TimeToSay);
        (string last, long kills) = End(_hasEnded ? 0 : _group?.Kills ?? 0);
        if (_isLate)
            return new CodeSessionException($"gave no answer within {_wall.TotalSeconds:0.###} s", isTime: true);
        if (kills > 0)
        {
            return new CodeSessionException(
                $"needed more memory than the sandbox allows, {BoxBackend.BoxMemory(_limits.Session) >> 20} MiB");
        }

        return new CodeSessionException(SessionEnd.Read(last)?.Reason(_limits.Session) ?? $"ended ({EvalException.OneLine(last)})");
    }

    /// <summary>Ends the box and all processes in it.</summary>
    /// <returns>The last line that the box wrote to standard error, and how often the kernel ended a process for lack of memory.</returns>
    private (string Last, long Kills) End(long kills)
    {
        if (_hasEnded)
            return ("", kills);
        _hasEnded = true;
        _timer.Dispose();
        // A box, also one in a container, ends by itself at the end of its input. If it does not, it is killed.
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The box ended before it read everything that was sent to it.
        }

        if (!_process.WaitForExit(TimeToEnd))
        {
            Kill();
            _process.WaitForExit();
        }

        // The box writes little there, so that the pipe cannot have filled up.
        string said = _process.StandardError.ReadToEnd();
        kills = Math.Max(kills, _group?.Kills ?? 0);
        _group?.Dispose();
        _process.Dispose();
        return (said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "", kills);
    }

    public void Dispose() => End(0);
}
