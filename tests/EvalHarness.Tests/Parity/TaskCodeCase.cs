using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace EvalHarness.Tests.Parity;

/// <summary>
/// A task with Python, rows of our own in the columns of its dataset, and what lm-evaluation-harness made of them: its prompts, its
/// values for each document and its figures. <c>code/reference/make_cases.py</c> writes them.
/// </summary>
internal sealed class TaskCodeCase(string name)
{
    private const string OwnPrefix = "own_";

    private static readonly string Folder = Path.Combine(Shared.Repository, "tests", "EvalHarness.Tests", "Parity", "code");

    private readonly JsonNode _case = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "cases", $"{name}.json")))!;

    internal static IEnumerable<string> Names =>
        Directory.GetFiles(Path.Combine(Folder, "cases"), "*.json").Select(f => Path.GetFileNameWithoutExtension(f)).Order(
            StringComparer.Ordinal);

    /// <summary>Whether the task file is ours and lies beside the case.</summary>
    internal static bool IsOwn(string name) => name.StartsWith(OwnPrefix, StringComparison.Ordinal);

    /// <summary>The folder lm_eval/tasks of lm-evaluation-harness, which has the other task files; null if it is not given.</summary>
    internal static string? ReferenceTasks => Environment.GetEnvironmentVariable("LMEVAL_TASKS");

    internal string Task => (string)_case["task"]!;

    /// <summary>The path of the task file below the folder of task files.</summary>
    internal string RelativeFile => (string)_case["file"]!;

    internal string TaskFile => Path.Combine(IsOwn(name) ? Path.Combine(Folder, "own") : ReferenceTasks!, RelativeFile);

    internal bool NeedsNumPy => _case["needs"] is JsonArray needs && needs.Any(n => (string)n! == "numpy");

    /// <summary>Why the figures are known to differ from the reference's; null where they must not.</summary>
    internal string? Differs => (string?)_case["differs"];

    internal IEnumerable<JsonNode> Prompts => _case["prompts"]!.AsArray().Select(p => p!);

    internal IEnumerable<JsonNode> Samples => _case["samples"]!.AsArray().Select(s => s!);

    internal JsonObject Results => _case["results"]!.AsObject();

    /// <summary>The option for the number of shots, where the case does not leave that to the task.</summary>
    internal string[] Shots => _case["shots"] is { } shots ? ["--num-fewshot", shots.ToString()] : [];

    /// <summary>Writes the rows as the files of a dataset: <c>ORG/NAME/CONFIG/SPLIT.jsonl</c>.</summary>
    internal void WriteData(string root)
    {
        string folder = Path.Combine(root, (string)_case["dataset"]!, (string?)_case["config"] ?? "");
        Directory.CreateDirectory(folder);
        foreach ((string split, JsonNode? rows) in _case["rows"]!.AsObject())
            File.WriteAllLines(Path.Combine(folder, $"{split}.jsonl"), rows!.AsArray().Select(row => row!.ToJsonString()));
    }

    /// <summary>
    /// Writes what the model answers: the responses of the case in turn, or log-likelihoods by the formula of the model that the
    /// reference was run with.
    /// </summary>
    internal void WriteAnswers(string file)
    {
        using StreamWriter writer = File.CreateText(file);
        string[] responses = [.. _case["responses"]?.AsArray().Select(r => (string)r!) ?? []];
        int asked = 0, repeats = responses.Length == 0 ? 1 : (int?)_case["repeats"] ?? 1;
        foreach (JsonNode prompt in Prompts)
        {
            string[] contexts = Texts(prompt, "contexts"), continuations = Texts(prompt, "continuations");
            int count = responses.Length > 0 ? repeats : Math.Max(contexts.Length, continuations.Length);
            for (int i = 0; i < count; i++)
            {
                var line = new JsonObject
                {
                    ["task"] = Task,
                    ["doc_id"] = (long)prompt["doc"]!,
                    ["index"] = i,
                    ["context"] = contexts[contexts.Length == 1 ? 0 : i],
                };
                if (responses.Length > 0)
                    line["response"] = responses[asked++ % responses.Length];
                else
                    Score(line, continuations.Length == 0 ? null : continuations[i]);
                writer.WriteLine(line.ToJsonString());
            }
        }
    }

    /// <summary>The texts of a list of a prompt; none if it has no such list.</summary>
    internal static string[] Texts(JsonNode prompt, string key) => [.. prompt[key]?.AsArray().Select(t => (string)t!) ?? []];

    /// <summary>A whole text is scored as the continuation of an empty context.</summary>
    private static void Score(JsonObject line, string? continuation)
    {
        string text = continuation is null ? $"\0{(string)line["context"]!}" : $"{(string)line["context"]!}\0{continuation}";
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        line["loglikelihood"] = -0.1 - (9.9 * (BinaryPrimitives.ReadUInt32BigEndian(hash) / 4294967296.0));
        if (continuation is null)
            return;
        line["continuation"] = continuation;
        line["is_greedy"] = (hash[4] & 1) == 1;
    }
}
