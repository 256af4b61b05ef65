using EvalHarness.Nightly;

namespace EvalHarness.Cli.Processes;

/// <summary>
/// One part of a run under watch: its process is started again where the system ended it, where it hung, or where its engine failed after
/// it had got further.
/// </summary>
/// <param name="start">Starts the process, and gives what became of it.</param>
/// <param name="size">How far the part is: a number that grows with each answer.</param>
/// <param name="say">Gets a line for each further start.</param>
internal sealed class PartWatch(Func<CancellationToken, Task<NightTry>> start, Func<long> size, Action<string> say)
{
    /// <summary>Starts one after another that got no further, after which it is not started again.</summary>
    internal const int MostIdle = 3;

    /// <param name="cancellationToken">Stops the process gently; the part can be resumed.</param>
    /// <returns>How the last process ended.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    internal async Task<NightTry> RunAsync(CancellationToken cancellationToken)
    {
        int idle = 0;
        while (true)
        {
            long before = size();
            NightTry ended = await start(cancellationToken).ConfigureAwait(false);
            bool gotFurther = size() > before;
            idle = gotFurther ? 0 : idle + 1;
            bool again = ended.End switch
            {
                TryEnd.Crashed or TryEnd.Stalled => idle < MostIdle,
                TryEnd.Failed => gotFurther && ended.ExitCode == (int)ExitCode.Model,
                _ => false,
            };
            if (!again)
                return ended;
            say($"{ended.Error}; it is started again");
        }
    }
}
