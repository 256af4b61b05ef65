using System.Text.Json;
using EvalHarness.Files;
using EvalHarness.Results;

namespace EvalHarness.Cli.Slurm;

/// <summary>What was submitted for a folder: its <c>submit.json</c>.</summary>
/// <param name="Options">Of the run.</param>
/// <param name="Parts">How many the run has.</param>
/// <param name="Submissions">One for each start of 'submit slurm' that submitted something, in their order.</param>
internal sealed record SubmittedRun(RunOptions Options, int Parts, IReadOnlyList<JobSubmission> Submissions)
{
    internal static string FileOf(SlurmFolder folder) => FileOf(folder.FullPath);

    /// <summary>Whether the run in a folder was given to Slurm.</summary>
    internal static bool IsIn(string folder) => File.Exists(FileOf(folder));

    private static string FileOf(string folder) => Path.Combine(folder, "submit.json");

    /// <returns>Null where nothing was submitted.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the file is damaged.</exception>
    internal static SubmittedRun? Read(SlurmFolder folder)
    {
        string file = FileOf(folder);
        if (!File.Exists(file))
            return null;
        try
        {
            return JsonSerializer.Deserialize<SubmittedRun>(File.ReadAllText(file), ResultsJson.Strict) is { Parts: > 0 } run
                ? run
                : throw new JsonException("it names no parts");
        }
        catch (JsonException e)
        {
            throw new EvalException(ExitCode.Output, $"{file}: damaged: {e.Message}; expected what 'submit slurm' wrote", e);
        }
    }

    internal Task WriteAsync(SlurmFolder folder) =>
        OutputFile.WriteAsync(FileOf(folder), stream => JsonSerializer.SerializeAsync(stream, this, ResultsJson.Indented));

    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: the options or the number of parts are others.</exception>
    internal void RequireSame(SlurmFolder folder, RunOptions options, int parts)
    {
        string Refusal(string was) =>
            $"--output {folder.Name}: was submitted with {was}; give the same options, or choose another folder";
        if (parts != Parts)
            throw new EvalException(ExitCode.Usage, Refusal($"--parts {Parts}, and now has --parts {parts}"));
        foreach (DeclaredOption option in RunOptions.Declared)
        {
            string before = string.Join(' ', option.Texts(Options)), now = string.Join(' ', option.Texts(options));
            if (before != now)
                throw new EvalException(ExitCode.Usage, Refusal($"{option.Name} '{before}', and now has '{now}'"));
        }
    }
}

/// <summary>What one start of 'submit slurm' submitted.</summary>
/// <param name="Time">When.</param>
/// <param name="Parts">The numbers of the parts of the array, from 1; empty where only the merge was submitted.</param>
/// <param name="Array">The number of the array's job; null for none.</param>
/// <param name="Merge">The number of the merge's job; null while it is not submitted.</param>
/// <param name="Sbatch">The user's options for sbatch.</param>
internal sealed record JobSubmission(
    DateTimeOffset Time, IReadOnlyList<int> Parts, string? Array, string? Merge, IReadOnlyList<string> Sbatch);
