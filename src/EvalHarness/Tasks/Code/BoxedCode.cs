using System.Collections.Concurrent;
using EvalHarness.Files;
using EvalHarness.Sandbox;

namespace EvalHarness.Tasks.Code;

/// <summary>
/// Runs functions of Python files in sandboxes without network, which see nothing of the machine but /usr and the folder with the task
/// files, both read-only. No sandbox is started before the first function is loaded.
/// </summary>
internal sealed partial class BoxedCode : ITaskCode, IDisposable
{
    /// <summary>So many rows of one file may end the interpreter; each is an error of its own until then.</summary>
    private const int MostEnds = 3;

    private readonly CodeSettings _settings;
    private readonly CodeLimits _limits;
    private readonly TimeProvider _time;
    private readonly CodeSessions _sessions;
    private readonly CodeRecord _record = new();
    private readonly ConcurrentDictionary<string, int> _ends = [];
    private long _splits;

    /// <param name="backends">The tools that may make the boxes (<see cref="BoxBackend.Named"/>), the best one first.</param>
    /// <param name="settings">What the interpreters begin with.</param>
    /// <param name="limits">What each interpreter may use; null for the usual limits.</param>
    /// <param name="time">The clock of the limits of time; null for the system's.</param>
    internal BoxedCode(IReadOnlyList<BoxBackend> backends, CodeSettings settings, CodeLimits? limits = null, TimeProvider? time = null)
    {
        (_settings, _limits, _time) = (settings, limits ?? new CodeLimits(), time ?? TimeProvider.System);
        _sessions = new CodeSessions(backends, settings, _limits, _time);
    }

    /// <summary>The kind of box, for the manifest; null where none was started.</summary>
    internal string? Description => _sessions.Description;

    /// <summary>The version of Python; null where none was started.</summary>
    internal string? Python => _sessions.Python;

    /// <summary>The files, packages and stand-ins that took part until the last function was loaded.</summary>
    internal CodeRecord Record => _record;

    /// <summary>The limits of the interpreters.</summary>
    internal CodeLimits Limits => _limits;

    public void Load(FunctionReference function)
    {
        if (!File.Exists(function.Module))
        {
            throw new EvalException(
                ExitCode.Task, $"{function}: there is no file {function.Module}; expected the Python file with the function");
        }

        Use(function, session => Load(session, function), CancellationToken.None);
    }

    private object? Load(CodeConversation session, FunctionReference function)
    {
        object? answer = session.Ask("load", writer => session.Write(writer, function), _limits.Whole);
        _record.Loaded(session.Root, function, answer);
        session.LastLoaded = function;
        return null;
    }

    /// <summary>
    /// Asks the warm interpreters again which files they have read: also those that functions read while they ran, such as data.
    /// </summary>
    internal void CompleteRecord(IEnumerable<FunctionReference> functions)
    {
        foreach (FunctionReference function in functions)
            Load(function);
    }

    public IReadOnlyList<CallOutcome> Rows(CodeCall call, IReadOnlyList<IReadOnlyList<object?>> rows, CancellationToken cancellationToken)
    {
        var calls = new RowCalls(call, rows, _limits);
        FunctionReference function = call.Functions[0];
        while (!calls.IsDone)
        {
            CodeConversation session = Rent(function);
            CancellationTokenRegistration stop = cancellationToken.Register(session.Kill);
            bool isUsable = false;
            try
            {
                while (!calls.IsDone)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    calls.Next(session);
                    _record.Touched(call.Functions, session.Last);
                }

                isUsable = true;
            }
            catch (CodeFailure e)
            {
                isUsable = true;
                throw Failed(function, e);
            }
            catch (CodeSessionException e)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (calls.Ended(e) && _ends.AddOrUpdate(function.Module, 1, (_, before) => before + 1) >= MostEnds)
                {
                    throw new EvalException(
                        ExitCode.Task,
                        $"{function} ({function.Module}): {MostEnds} rows ended the interpreter; the last one {e.Message}",
                        e);
                }
            }
            finally
            {
                stop.Dispose();
                GiveBack(session, isUsable && !cancellationToken.IsCancellationRequested);
            }
        }

        return calls.Outcomes;
    }

    public ICodeSplit OpenSplit(FunctionReference file, IReadOnlyList<string> columns, CancellationToken cancellationToken)
    {
        long id = Interlocked.Increment(ref _splits);
        return new BoxedSplit(this, file, id, columns, cancellationToken);
    }

    public object? Once(FunctionReference function, IReadOnlyList<object?> arguments, CancellationToken cancellationToken) => Use(
        function,
        session =>
        {
            object? value = session.Ask(
                "once",
                writer =>
                {
                    session.WriteArgument(writer, function);
                    writer.WritePropertyName("args");
                    CodeValues.Write(writer, arguments);
                },
                _limits.Whole);
            _record.Touched([function], session.Last);
            return value;
        },
        cancellationToken);

    /// <summary>Calls a function with a row that is made up, to see whether it runs at all.</summary>
    /// <param name="function">The function.</param>
    /// <param name="call">How it is called: fields, results, metric, filter, or docs and others that <c>shims/probe.py</c> knows.</param>
    /// <param name="hints">What is known of the rows: columns, options, literals.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The value, the columns and whether they are made up.</returns>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Task"/>: the function fails with all rows; the inner exception has the kind (<see cref="CodeFailure.Kind"/>).
    /// </exception>
    internal IReadOnlyDictionary<string, object?> Probe(
        FunctionReference function, string call, IReadOnlyDictionary<string, object?> hints, CancellationToken cancellationToken) => Use(
        function,
        session =>
        {
            object? found = session.Ask(
                "probe",
                writer =>
                {
                    session.WriteArgument(writer, function);
                    writer.WriteString("call", call);
                    foreach ((string name, object? hint) in hints)
                    {
                        writer.WritePropertyName(name);
                        CodeValues.Write(writer, hint);
                    }
                },
                _limits.Whole);
            _record.Touched([function], session.Last);
            return found;
        },
        cancellationToken) as IReadOnlyDictionary<string, object?> ?? new Dictionary<string, object?>();

    public void Dispose() => _sessions.Dispose();
}
