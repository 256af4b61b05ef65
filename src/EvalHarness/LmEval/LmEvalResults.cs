using System.Text.Json;

namespace EvalHarness.LmEval;

/// <summary>
/// The <c>results_TIME.json</c> that lm-evaluation-harness writes beside <c>samples_TASK_TIME.jsonl</c>. It tells how many documents were
/// evaluated, which shows that a file of samples was cut between two lines.
/// </summary>
/// <remarks>Source: lm-evaluation-harness's evaluation tracker; its key n-samples.</remarks>
internal static class LmEvalResults
{
    private const string Samples = "samples_";

    /// <param name="file">A file of samples.</param>
    /// <param name="task">The task that it holds.</param>
    /// <param name="found">The documents that it holds.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Data"/>: the results beside the file say another number, or are not readable.
    /// </exception>
    internal static void CheckCount(string file, string task, int found)
    {
        string name = Path.GetFileNameWithoutExtension(file);
        int time = name.LastIndexOf('_');
        string results = Path.Combine(Path.GetDirectoryName(file) ?? "", $"results{(time < 0 ? "" : name[time..])}.json");
        if (!name.StartsWith(Samples, StringComparison.Ordinal) || time < Samples.Length || !File.Exists(results))
            return;
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(results));
            if (!json.RootElement.TryGetProperty("n-samples", out JsonElement counts)
                || !counts.TryGetProperty(task, out JsonElement count))
                return;
            JsonElement expected = count.GetProperty("effective");
            if (expected.GetRawText() != $"{found}")
            {
                throw new EvalException(
                    ExitCode.Data,
                    $"{file}: has {found} documents, and {results} says that {expected.GetRawText()} were evaluated; "
                    + "the file is cut or damaged");
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or IOException)
        {
            throw new EvalException(ExitCode.Data, $"{results}: {e.Message} Expected results of lm-evaluation-harness with n-samples", e);
        }
    }
}
