using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using EvalHarness.Data;
using EvalHarness.Engines;

namespace EvalHarness.Results;

/// <summary>
/// The prompts of a run as its model read them, taken from its samples. A journal holds only their hashes, and a conversation cannot be
/// rendered again without the model's chat template. The texts stand in a temporary file, and 24 bytes for each are held.
/// </summary>
public sealed class RecordedContexts : IRecordedContexts
{
    private readonly PromptIndex _places = new();
    private readonly DocumentSpool _texts = new();
    private readonly Lock _lock = new();

    private RecordedContexts()
    {
    }

    /// <param name="journal">A file of responses; the run's other files are looked for beside it.</param>
    /// <param name="cancellationToken">Stops between tasks.</param>
    /// <returns>
    /// The texts; none where the file is not a run's journal, or the run wrote no samples because it did not finish.
    /// </returns>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Output"/>: the manifest or a sample file is damaged, or the system's temporary folder is full.
    /// </exception>
    public static async Task<IRecordedContexts> ReadAsync(string journal, CancellationToken cancellationToken)
    {
        var contexts = new RecordedContexts();
        try
        {
            await contexts.FillAsync(journal, cancellationToken).ConfigureAwait(false);
            return contexts;
        }
        catch
        {
            contexts.Dispose();
            throw;
        }
    }

    private async Task FillAsync(string journal, CancellationToken cancellationToken)
    {
        var folder = new RunFolder(Path.GetDirectoryName(Path.GetFullPath(journal))!);
        if (folder.JournalFile == Path.GetFullPath(journal) && File.Exists(folder.ManifestFile))
        {
            foreach (TaskRecord task in folder.ReadManifest().Tasks.Where(t => File.Exists(folder.SamplesFile(t.Name))))
            {
                await foreach (SampleRow row in folder
                    .StreamSamplesAsync(task.Name, ["context", "contexts"], cancellationToken)
                    .ConfigureAwait(false))
                {
                    foreach (string text in row.Contexts.Append(row.Context).Distinct())
                        Add(text);
                }
            }
        }

        _places.Sort();
    }

    private void Add(string text)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        _places.Add(IdOf(hash), LinePlace.Of(_texts.Append(writer => writer.Write(text)), number: null));
    }

    /// <inheritdoc/>
    public string? Find(string sha256)
    {
        lock (_lock)
        {
            (int first, int last) = _places.Find(IdOf(sha256));
            return first == last ? null : _texts.Read(_places[first].Offset, reader => reader.ReadString());
        }
    }

    private static PromptId IdOf(string sha256) => PromptId.Of(MemoryMarshal.AsBytes(sha256.AsSpan()), isOneDocument: false);

    /// <summary>Deletes the temporary file.</summary>
    public void Dispose() => _texts.Dispose();
}
