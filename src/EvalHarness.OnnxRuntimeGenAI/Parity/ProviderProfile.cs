using System.Text.Json;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Parity;

/// <summary>Which execution provider computed each node, by the profile that ONNX Runtime writes of a session.</summary>
internal static class ProviderProfile
{
    private const int PromptTokens = 16;

    private const int StepTokens = 2;

    /// <summary>Loads the model with profiling on, computes a short prompt and two steps, and reads what the runtime wrote.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: the model does not load, or cannot be profiled.</exception>
    internal static IReadOnlyList<ProviderNodes> Record(ParitySide side, ParityPlan plan)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("evalharness-profile-");
        try
        {
            var settings = new Dictionary<string, string>(side.SessionOptions)
            {
                ["enable_profiling"] = Path.Combine(folder.FullName, "profile"),
            };
            using (LoadedModel model = LoadedModel.Load(side.Folder, (side with { SessionOptions = settings }).Engine))
            {
                int length = Math.Min(PromptTokens, model.Config.ContextLength - StepTokens);
                int[] tokens = new ParitySequences(plan, model.Config.VocabularySize, []).Tokens(0, length + StepTokens);
                using ModelSession session = model.NewSession(tokens.Length);
                session.Append(tokens.AsSpan(0, length));
                for (int i = length; model.Capabilities.Append && i < tokens.Length; i++)
                    session.Append(tokens.AsSpan(i, 1));
            }

            var runs = new List<NodeRun>();
            foreach (FileInfo file in folder.EnumerateFiles())
            {
                using FileStream stream = file.OpenRead();
                runs.AddRange(Read(stream));
            }

            return runs.Count > 0
                ? Sum(runs)
                : throw new EvalException(
                    ExitCode.Model, $"{side.Folder}: ONNX Runtime wrote no profile, so nothing shows which provider computed the model");
        }
        catch (Exception e) when (e is OnnxRuntimeGenAIException or ModelSessionException or JsonException)
        {
            throw new EvalException(ExitCode.Model, $"{side.Folder}: cannot be profiled: {EvalException.OneLine(e.Message)}", e);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The runs of nodes that a profile lists.</summary>
    /// <exception cref="JsonException">It is no profile.</exception>
    internal static IReadOnlyList<NodeRun> Read(Stream profile) =>
    [
        .. JsonSerializer.Deserialize<List<ProfileEvent>>(profile)!
            .Where(e => e is { Category: "Node", Arguments: { Provider.Length: > 0, Operation.Length: > 0 } })
            .Select(e => new NodeRun(e.Arguments!.Provider!, e.Arguments.Operation!, NodeName(e.Name), e.Duration / 1e6)),
    ];

    /// <summary>Joins the runs of a profile to nodes, those with the most time first.</summary>
    internal static IReadOnlyList<ProviderNodes> Sum(IEnumerable<NodeRun> runs) =>
    [
        .. runs.GroupBy(r => (r.Provider, r.Operation))
            .Select(g => new ProviderNodes(
                g.Key.Provider,
                g.Key.Operation,
                g.Select(r => r.Node).Distinct(StringComparer.Ordinal).Count(),
                g.Sum(r => r.Seconds),
                g.First().Node))
            .OrderByDescending(n => n.Seconds),
    ];

    /// <summary>The runtime names the event of a node's computation after the node.</summary>
    private static string NodeName(string name) =>
        name.EndsWith("_kernel_time", StringComparison.Ordinal) ? name[..^"_kernel_time".Length] : name;
}
