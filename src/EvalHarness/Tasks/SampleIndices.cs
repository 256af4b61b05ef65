using System.Text.Json;

namespace EvalHarness.Tasks;

/// <summary>
/// Documents chosen by their index among all documents of a task, from 0, as lm-evaluation-harness's <c>--samples</c> has it: a JSON
/// object from task names to lists of indices. A task that it does not name is evaluated as a whole. Documents keep their order, their
/// index, and the prompt that they have in a run over all documents; lm-evaluation-harness draws random few-shot examples for the chosen
/// documents alone, so that they are others there.
/// </summary>
internal sealed class SampleIndices
{
    private readonly SortedDictionary<string, SortedSet<int>> _indices;

    private SampleIndices(SortedDictionary<string, SortedSet<int>> indices) => _indices = indices;

    /// <summary>The tasks that documents are chosen from, in ordinal order.</summary>
    public IEnumerable<string> Tasks => _indices.Keys;

    /// <param name="text">The JSON, or the path of a file with it.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: neither, or not of this form.</exception>
    public static SampleIndices Read(string text)
    {
        string json = text.TrimStart().StartsWith('{') ? text : ReadFile(text);
        try
        {
            Dictionary<string, int[]> read = JsonSerializer.Deserialize<Dictionary<string, int[]>>(json) ?? throw Wrong(text);
            if (read.Count == 0 || read.Values.Any(indices => indices is not { Length: > 0 } || indices.Any(i => i < 0)))
                throw Wrong(text);
            var ordered = new SortedDictionary<string, SortedSet<int>>(StringComparer.Ordinal);
            foreach ((string task, int[] indices) in read)
                ordered[task] = [.. indices];
            return new SampleIndices(ordered);
        }
        catch (JsonException e)
        {
            throw new EvalException(ExitCode.Usage, Wrong(text).Message, e);
        }
    }

    private static string ReadFile(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EvalException(ExitCode.Usage, $"--samples {path}: cannot be read: {e.Message}", e);
        }
    }

    private static EvalException Wrong(string text) => new(
        ExitCode.Usage,
        $"--samples {text}: expected JSON with a list of indices, 0 or more, for each task, such as {{\"gsm8k\": [0, 17]}}");

    /// <summary>The chosen indices of a task; null where all its documents are evaluated.</summary>
    public IReadOnlySet<int>? Of(string task) => _indices.GetValueOrDefault(task);

    /// <summary>The indices as JSON, in order and each once.</summary>
    public string ToJson() => JsonSerializer.Serialize(_indices);
}
