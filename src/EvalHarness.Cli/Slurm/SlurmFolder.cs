using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EvalHarness.Results;

namespace EvalHarness.Cli.Slurm;

/// <summary>
/// The folder of a run whose parts are jobs of Slurm: where its files lie, and what its jobs are called. The merge writes the run's
/// files into it.
/// </summary>
internal sealed class SlurmFolder
{
    private const int HashDigits = 8;

    private const int LongestName = 32;

    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: the path has a character that the lines of a script with options of sbatch cannot hold.
    /// </exception>
    internal SlurmFolder(string path)
    {
        Name = path;
        FullPath = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        RequirePlain(FullPath);
        // All of the user's jobs for a folder are found by this name, also where submit.json was lost. Two folders have two names.
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(FullPath)))[..HashDigits];
        string plain = string.Concat(Path.GetFileName(FullPath).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '_'));
        JobName = $"{plain[..Math.Min(plain.Length, LongestName)]}-{hash}";
    }

    /// <summary>As the user wrote it.</summary>
    internal string Name { get; }

    internal string FullPath { get; }

    /// <summary>Of the array of parts.</summary>
    internal string JobName { get; }

    internal string MergeName => $"{JobName}-merge";

    /// <summary>Scripts and logs.</summary>
    internal string Scripts => Path.Combine(FullPath, "slurm");

    internal string PartsScript => Path.Combine(Scripts, "parts.sh");

    internal string MergeScript => Path.Combine(Scripts, "merge.sh");

    internal string MergeLog => Path.Combine(Scripts, "merge.log");

    internal string PartsFolder => Path.Combine(FullPath, RunFolder.PartsName);

    internal string LogOf(int part) => Path.Combine(Scripts, string.Create(CultureInfo.InvariantCulture, $"part-{part}.log"));

    internal RunFolder Part(int part) => new(Path.Combine(PartsFolder, part.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Whether the merge has written the results of all parts.</summary>
    internal bool IsMerged => File.Exists(Path.Combine(FullPath, "results.json")) && IsFinished(new RunFolder(FullPath));

    internal static bool IsFinished(RunFolder run) => LastSession(run) is { End: RunSession.Finished };

    /// <summary>How many samples of a part errored; null where it is not finished.</summary>
    internal int? ErroredIn(int part) =>
        LastSession(Part(part)) is { End: RunSession.Finished } session ? session.Outcome?.Errored ?? 0 : null;

    private static RunSession? LastSession(RunFolder run) =>
        File.Exists(run.ManifestFile) && run.ReadManifest().Sessions is [.., { } last] ? last : null;

    /// <summary>Refuses a path that an option in a script cannot hold.</summary>
    /// <param name="path">A full path.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: it has a quote, a backslash or a control character.</exception>
    internal static void RequirePlain(string path)
    {
        if (path.FirstOrDefault(c => char.IsControl(c) || c is '"' or '\\') is not '\0' and var wrong)
        {
            throw new EvalException(
                ExitCode.Usage,
                $"{path}: has the character '{wrong}', which an option in a script for sbatch cannot have; use a folder with another name");
        }
    }
}
