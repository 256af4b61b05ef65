using System.Globalization;
using EvalHarness.Cli.Processes;
using EvalHarness.Files;
using EvalHarness.Results;

namespace EvalHarness.Cli.Slurm;

/// <summary>The two scripts that Slurm runs. They are plain, so that one may read them and submit them by hand.</summary>
/// <param name="folder">Where they and what they compute are written.</param>
/// <param name="options">Of the run.</param>
/// <param name="parts">How many there are.</param>
/// <param name="home">The folder that relative paths of the options are relative to.</param>
/// <remarks>
/// Source: sbatch(1) and scontrol(1) of Slurm 22.05. With --signal=B:USR1@60 the script alone gets USR1 at least 60 seconds before its
/// time limit. TERM instead comes from scancel, from preemption and from a node that is taken away; Slurm itself then decides whether the
/// task starts again, and a script that put itself back into the queue would undo a scancel.
/// </remarks>
internal sealed class SlurmScripts(SlurmFolder folder, RunOptions options, int parts, string home)
{
    /// <summary>Begins what each start writes to the log of its part.</summary>
    internal const string StartMark = "== part ";

    internal async Task WriteAsync()
    {
        Directory.CreateDirectory(folder.Scripts);
        await WriteAsync(folder.PartsScript, PartsScript()).ConfigureAwait(false);
        await WriteAsync(folder.MergeScript, MergeScript()).ConfigureAwait(false);
    }

    private static Task WriteAsync(string file, string text) => OutputFile.WriteAsync(file, async stream =>
    {
        await using var writer = new StreamWriter(stream, leaveOpen: true);
        await writer.WriteAsync(text).ConfigureAwait(false);
    });

    internal string PartsScript() => $$"""
        #!/bin/bash
        # Computes one part of a run, the one whose number Slurm gives to this task of the array.
        # 'evalharness submit slurm' writes this file anew each time; its options behind -- win over those here.
        #SBATCH --job-name={{folder.JobName}}
        #SBATCH --array=1-{{Number(parts)}}
        #SBATCH --chdir="{{home}}"
        #SBATCH --output="{{Pattern(folder.Scripts)}}/part-%a.log"
        #SBATCH --open-mode=append
        #SBATCH --requeue
        #SBATCH --signal={{SbatchOptions.Signal}}@60

        part={{Invocation.BashWords([folder.PartsFolder])}}/$SLURM_ARRAY_TASK_ID
        computed() { stat -c '%n %s' "$part"/responses.jsonl "$part"/judge.jsonl "$part"/samples/*.parquet 2>/dev/null; }
        before=$(computed)
        echo "{{StartMark}}$SLURM_ARRAY_TASK_ID of {{Number(parts)}}, $(date -u +%FT%TZ) on $SLURMD_NODENAME"

        # A part that has begun goes on where it was.
        if [ -s "$part/responses.jsonl" ]; then
            set -- run --resume "$part"
        else
            set -- run {{Invocation.BashWords(options.ToArguments())}} --shard "$SLURM_ARRAY_TASK_ID/{{Number(parts)}}" --output "$part"
        fi
        {{Invocation.BashWords(ChildProgram.Command)}} "$@" &
        program=$!

        # USR1 says that the time limit is near; TERM, that Slurm ends this task. Either way the program writes down what it has.
        trap 'interrupted=yes limit=yes; kill -TERM "$program" 2>/dev/null' USR1
        trap 'interrupted=yes ended=yes; kill -TERM "$program" 2>/dev/null' TERM
        while interrupted=; wait "$program"; code=$?; [ "$interrupted" ]; do :; done
        [ "$ended" ] && exit 130

        # 130: stopped because of the time limit. Above: the system ended the program, for example because memory ran out.
        # Either way the task goes back into the queue, unless it got no further than the start before it.
        if [ "$code" -gt 130 ] || { [ "$code" -eq 130 ] && [ "$limit" ]; }; then
            if [ "$(computed)" != "$before" ]; then
                exec scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
            fi
            echo "error: part $SLURM_ARRAY_TASK_ID got no further in this start (code $code), and is not started again" >&2
        fi
        # 6: the part is whole, and some of its samples errored. The merge tells how many there are of all parts.
        [ "$code" -eq 6 ] && exit 0
        exit "$code"

        """;

    private string[] Merge => ["merge", folder.PartsFolder, "--output", folder.FullPath, .. options.CodePermission];

    internal string MergeScript() => $"""
        #!/bin/bash
        # Merges the parts of a run. Slurm starts it when all of them have ended without an error.
        # 'evalharness submit slurm' writes this file anew each time.
        #SBATCH --job-name={folder.MergeName}
        #SBATCH --chdir="{home}"
        #SBATCH --output="{Pattern(folder.MergeLog)}"
        #SBATCH --open-mode=append
        #SBATCH --requeue
        #SBATCH --kill-on-invalid-dep=yes

        exec {Invocation.BashWords([.. ChildProgram.Command, .. Merge])}

        """;

    /// <summary>A path in the option of sbatch in which % begins what it fills in.</summary>
    private static string Pattern(string path) => path.Replace("%", "%%", StringComparison.Ordinal);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
