using EvalHarness.Files;
using EvalHarness.Sandbox;

namespace EvalHarness.Tasks.Code;

/// <content>How a session is found for a function, and what comes of one that ends.</content>
internal sealed partial class BoxedCode
{
    private object? Use(FunctionReference function, Func<CodeConversation, object?> ask, CancellationToken cancellationToken)
    {
        while (true)
        {
            CodeConversation session = Rent(function);
            bool wasAsked = session.WasAsked, isUsable = false;
            CancellationTokenRegistration stop = cancellationToken.Register(session.Kill);
            try
            {
                object? value = ask(session);
                isUsable = true;
                return value;
            }
            catch (CodeFailure e)
            {
                isUsable = true;
                throw Failed(function, e);
            }
            catch (CodeSessionException e)
            {
                cancellationToken.ThrowIfCancellationRequested();
                // What was done before, or something outside the box, may have ended it; then a new one does better.
                if (!wasAsked || e.IsTime)
                    throw Ended(function, e);
            }
            finally
            {
                stop.Dispose();
                GiveBack(session, isUsable && !cancellationToken.IsCancellationRequested);
            }
        }
    }

    internal CodeConversation Rent(FunctionReference function)
    {
        var root = CodeRoot.Of(function, _settings.IncludePaths);
        CodeConversation session = _sessions.Rent(root);
        if (session.WasAsked)
            return session;
        try
        {
            _record.CheckUnchanged(root);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    internal void GiveBack(CodeConversation session, bool isUsable)
    {
        if (isUsable)
            _sessions.Return(session);
        else
            session.Dispose();
    }

    internal static EvalException Failed(FunctionReference function, CodeFailure failure) =>
        new(ExitCode.Task, $"{function} ({function.Module}): {failure.Message}", failure);

    internal static EvalException Ended(FunctionReference function, CodeSessionException end) =>
        new(ExitCode.Task, $"{function} ({function.Module}): the interpreter {end.Message}", end);
}
