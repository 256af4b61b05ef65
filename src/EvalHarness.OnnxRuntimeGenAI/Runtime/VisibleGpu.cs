namespace EvalHarness.OnnxRuntimeGenAI.Runtime;

/// <summary>
/// Makes one of several GPUs the only one that this process sees. The runtime's provider option <c>device_id</c> does not do: the runtime
/// creates its stream and its buffers on the first GPU whatever that option says, and CUDA refuses a stream of another GPU.
/// </summary>
/// <remarks>
/// Source: CUDA's programming guide, CUDA_VISIBLE_DEVICES; onnxruntime-genai, src/cuda/interface.cpp and src/cuda/session_options.cpp, and
/// its issues 730 and 1545.
/// </remarks>
internal static class VisibleGpu
{
    internal const string Variable = "CUDA_VISIBLE_DEVICES";

    /// <summary>What this process was started with; null for all that the machine has.</summary>
    private static readonly string? Given = Environment.GetEnvironmentVariable(Variable);

    private static readonly Lock Choosing = new();

    private static bool _hasChosen;
    private static int? _chosen;

    /// <summary>
    /// Must be called before CUDA is loaded, which looks at the variable once: a process that has loaded it computes on the same GPU for
    /// as long as it lives.
    /// </summary>
    /// <param name="id">From 0, among the GPUs that this process was started with; null for the first.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: there are fewer, or this process computes on another one.
    /// </exception>
    internal static void Choose(int? id)
    {
        lock (Choosing)
        {
            RequireSame(_hasChosen, _chosen, id);
            if (id is { } number && !_hasChosen)
                NativeEnvironment.Set(Variable, Name(number, Given));
            (_hasChosen, _chosen) = (true, id);
        }
    }

    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: a GPU was chosen, and another one is asked for.</exception>
    internal static void RequireSame(bool hasChosen, int? chosen, int? id)
    {
        if (hasChosen && (chosen ?? 0) != (id ?? 0))
        {
            throw new EvalException(
                ExitCode.Usage,
                $"--device cuda:{id ?? 0}: this process computes on cuda:{chosen ?? 0} already, and a process sees one GPU; "
                + "'parity' has a process for each of its sides, and so has each 'run'");
        }
    }

    /// <summary>What the variable is set to.</summary>
    /// <param name="id">From 0, among those that are visible.</param>
    /// <param name="given">The visible ones as CUDA takes them, by number or identifier with commas between; null for all.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: fewer are visible.</exception>
    internal static string Name(int id, string? given)
    {
        if (given is null)
            return $"{id}";
        string[] visible = given.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return id < visible.Length
            ? visible[id]
            : throw new EvalException(
                ExitCode.Usage,
                $"--device cuda:{id}: the environment shows {visible.Length} GPUs ({Variable}={given}), which are numbered from 0; "
                + "choose another number, or change that variable");
    }
}
