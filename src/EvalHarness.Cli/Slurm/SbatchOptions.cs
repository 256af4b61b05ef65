namespace EvalHarness.Cli.Slurm;

/// <summary>
/// Options of <c>sbatch</c> that the user gives behind <c>--</c>, or in a plan. They go to it as they are, for the array of parts.
/// </summary>
internal sealed class SbatchOptions
{
    /// <summary>What the scripts and the reading of states rely on.</summary>
    private static readonly (string Long, string Short)[] Fixed =
        [("--array", "-a"), ("--job-name", "-J"), ("--output", "-o"), ("--chdir", "-D"), ("--wrap", ""), ("--parsable", "")];

    /// <summary>On whose account, and where: the merge needs these too, and no others, since it computes nothing with the model.</summary>
    private static readonly (string Long, string Short)[] OfEveryJob =
        [("--account", "-A"), ("--partition", "-p"), ("--qos", "-q"), ("--reservation", "")];

    /// <summary>For <c>--signal</c>: the script alone gets a signal near the time limit, and this one.</summary>
    internal const string Signal = "B:USR1";

    /// <param name="given">The words, in their order.</param>
    /// <param name="where">Where the user wrote them, for messages.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: an option that 'submit' sets itself, or another signal than the script waits for.
    /// </exception>
    internal SbatchOptions(IReadOnlyList<string> given, string where = "behind --")
    {
        Given = given;
        for (int i = 0; i < given.Count; i++)
        {
            string? signal = Form(given[i], ("--signal", "")) switch
            {
                OptionForm.WithValue => given[i]["--signal=".Length..],
                OptionForm.ValueFollows => given.ElementAtOrDefault(i + 1) ?? "",
                _ => null,
            };
            if (signal is not null && !signal.StartsWith(Signal, StringComparison.Ordinal))
            {
                throw new EvalException(
                    ExitCode.Usage,
                    $"--signal={signal} {where}: the script of a part waits for {Signal}; give --signal={Signal}@SECONDS, which says how "
                    + "long before the time limit it comes");
            }
        }

        if (given.FirstOrDefault(word => Fixed.Any(option => Form(word, option) is not OptionForm.Other)) is { } refused)
        {
            throw new EvalException(
                ExitCode.Usage,
                $"{refused} {where}: 'submit slurm' sets {string.Join(", ", Fixed.Select(o => o.Long))} of sbatch itself; leave it out");
        }
    }

    internal IReadOnlyList<string> Given { get; }

    internal IReadOnlyList<string> ForMerge
    {
        get
        {
            var taken = new List<string>();
            for (int i = 0; i < Given.Count; i++)
            {
                OptionForm form = OfEveryJob.Select(option => Form(Given[i], option)).Max();
                if (form is OptionForm.Other)
                    continue;
                taken.Add(Given[i]);
                if (form is OptionForm.ValueFollows && i + 1 < Given.Count)
                    taken.Add(Given[++i]);
            }

            return taken;
        }
    }

    private enum OptionForm
    {
        /// <summary>Another option, or a value.</summary>
        Other,

        /// <summary><c>--name=VALUE</c> or <c>-nVALUE</c>.</summary>
        WithValue,

        /// <summary><c>--name</c> or <c>-n</c>, and the next word is its value.</summary>
        ValueFollows,
    }

    private static OptionForm Form(string word, (string Long, string Short) option)
    {
        if (word == option.Long || (option.Short.Length > 0 && word == option.Short))
            return OptionForm.ValueFollows;
        return word.StartsWith($"{option.Long}=", StringComparison.Ordinal)
            || (option.Short.Length > 0 && word.StartsWith(option.Short, StringComparison.Ordinal))
                ? OptionForm.WithValue
                : OptionForm.Other;
    }
}
