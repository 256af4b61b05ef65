using System.Security.Cryptography;
using System.Text;

namespace EvalHarness.Results;

/// <summary>
/// The prompts of a run as its model read them, taken from its samples. A journal holds only their hashes, and a conversation cannot be
/// rendered again without the model's chat template.
/// </summary>
public static class RecordedContexts
{
    /// <param name="journal">A file of responses; the run's other files are looked for beside it.</param>
    /// <param name="cancellationToken">Stops between tasks.</param>
    /// <returns>
    /// Text by the SHA-256 of its UTF-8 bytes in lower-case hexadecimal; empty where the file is not a run's journal, or the run wrote no
    /// samples because it did not finish.
    /// </returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the manifest or a sample file is damaged.</exception>
    public static async Task<IReadOnlyDictionary<string, string>> ReadAsync(string journal, CancellationToken cancellationToken)
    {
        var texts = new Dictionary<string, string>();
        var folder = new RunFolder(Path.GetDirectoryName(Path.GetFullPath(journal))!);
        if (folder.JournalFile != Path.GetFullPath(journal) || !File.Exists(folder.ManifestFile))
            return texts;
        foreach (TaskRecord task in folder.ReadManifest().Tasks.Where(t => File.Exists(folder.SamplesFile(t.Name))))
        {
            foreach (SampleRow row in await folder.ReadSamplesAsync(task.Name, cancellationToken).ConfigureAwait(false))
            {
                foreach (string text in row.Contexts.Append(row.Context))
                    texts[Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))] = text;
            }
        }

        return texts;
    }
}
