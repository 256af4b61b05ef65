using EvalHarness.Results;

namespace EvalHarness.Cli.Processes;

/// <summary>What a command line of <c>run</c> says of processes and devices.</summary>
/// <param name="processes">The value of <c>--processes</c>; null where it is not given.</param>
/// <param name="given">The options of the run that are given, by name.</param>
internal sealed class PartsStart(int? processes, IReadOnlyDictionary<string, IReadOnlyList<string>> given)
{
    internal const string Option = "--processes";

    /// <summary>The words of the command line that ask for several processes; null where none do.</summary>
    internal string? Asked => processes is { } number ? $"{Option} {number}"
        : Devices is { Ids.Count: > 1 } devices ? $"{RunOptions.DeviceOption} {devices}"
        : null;

    private DeviceChoice? Devices => given.GetValueOrDefault(RunOptions.DeviceOption) is [.., { } text] ? DeviceChoice.Parse(text) : null;

    /// <param name="folder">The value of <c>--resume</c>.</param>
    /// <returns>
    /// A run that was begun in several processes; null where the folder holds one of a single process, or several models are given.
    /// </returns>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: the command line asks for something else than what was begun; or as <see cref="PartsFolder.Open"/>.
    /// </exception>
    internal PartsFolder? Resume(string folder)
    {
        if (given.GetValueOrDefault("--model") is { Count: > 1 })
            return null;
        if (PartsFolder.IsIn(folder) && PartsFolder.Open(folder, given, processes) is { } parts)
        {
            if (Problem(parts.Options, parts.Count) is not { } problem)
                return parts;
            parts.Dispose();
            throw new EvalException(ExitCode.Usage, $"--resume {folder}, a run in several processes, and {problem}");
        }

        return Asked is null
            ? null
            : throw new EvalException(
                ExitCode.Usage,
                $"--resume {folder} and {Asked} together: the run there goes on in one process; name one device at most, and leave "
                + $"{Option} out");
    }

    /// <param name="options">Of the whole run.</param>
    /// <returns>How many processes are asked for.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: they do not go with these options.</exception>
    internal int Count(RunOptions options)
    {
        int count = processes ?? options.DeviceIds.Count;
        if (count is < 1 or > PartsFolder.Most)
            throw new EvalException(ExitCode.Usage, $"{Asked}: expected 1 to {PartsFolder.Most} processes");
        return Problem(options, count) is { } problem ? throw new EvalException(ExitCode.Usage, $"{Asked} and {problem}") : count;
    }

    /// <summary>What does not go with several processes, and what to do; null where all does.</summary>
    private string? Problem(RunOptions options, int count) =>
        given.GetValueOrDefault("--model") is { Count: > 1 } ? "several --model together: give one --model"
        : count < options.DeviceIds.Count
            ? $"{RunOptions.DeviceOption} {Devices} together: each device has a process; give {Option} {options.DeviceIds.Count} or more"
        : options.Shard is not null ? "--shard together: a part of a run is computed by one process; leave --shard out"
        : options.Adapters.Count > 0
            ? $"{RunOptions.AdapterOption} together: the model is loaded once, in one process; give one of the two"
        : options.Decide is not null ? "--decide together: a decision looks at the whole run while it goes on; leave --decide out"
        : RunOptions.IsEndpoint(options.Model)
            ? "an endpoint together: --concurrency asks it for several answers at once, in one process; give that instead"
        : options.BatchSize is null
            ? "--batch-size auto together: each process would measure rates of its own and could choose other batches; give --batch-size N"
        : null;
}
