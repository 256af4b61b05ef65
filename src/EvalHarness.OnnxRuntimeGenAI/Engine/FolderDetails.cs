using EvalHarness.Data.Hub;
using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Inspection;
using EvalHarness.OnnxRuntimeGenAI.Runtime;

namespace EvalHarness.OnnxRuntimeGenAI.Engine;

/// <summary>What a model folder and its place in the hub's cache tell of the model.</summary>
internal static class FolderDetails
{
    private const string Snapshots = "snapshots";

    internal static ModelDetails Of(string folder, GenAiOptions options, LoadedModel model)
    {
        HubModel? hub = options.GivenAs is { } name ? HubModel.Parse(name) : null;
        IReadOnlyList<WeightGroup> weights = Weights(Path.Combine(folder, model.Config.GraphFile));
        return new ModelDetails
        {
            Id = hub?.Repository.Name,
            Revision = hub?.Repository.Revision,
            Commit = hub is null ? null : CommitOf(folder),
            DataType = DataTypeOf(weights),
            Parameters = weights.Count == 0 ? null : weights.Sum(w => w.Parameters),
            MaxLength = model.Window,
            Padding = model.Tokenizer.Special(model.Config.PadId),
            EndOfText = model.Tokenizer.Special(model.Config.EndOfTextIds[0]),
            BeginOfText = model.Tokenizer.Special(model.Config.BeginOfTextId),
            ChatTemplate = model.Conversations.Source,
        };
    }

    /// <summary>The type of the group with the most parameters: "int4" for weights that an operation unpacks from 4 bits.</summary>
    internal static string? DataTypeOf(IReadOnlyList<WeightGroup> weights) => weights.MaxBy(w => w.Parameters) switch
    {
        null => null,
        { BlockSize: not null } packed => $"int{packed.Bits}",
        var plain => plain.Storage,
    };

    /// <summary>
    /// None if the graph cannot be read: the runtime also loads models that consist of several graphs, and models in other formats.
    /// </summary>
    private static IReadOnlyList<WeightGroup> Weights(string graph)
    {
        try
        {
            return WeightGroup.Of(OnnxGraph.Read(graph));
        }
        catch (EvalException)
        {
            return [];
        }
    }

    /// <summary>The commit in a path of the cache, .../snapshots/COMMIT/...; null for another path.</summary>
    private static string? CommitOf(string folder)
    {
        string[] parts = folder.Split('/', '\\');
        int place = Array.LastIndexOf(parts, Snapshots);
        return place >= 0 && place + 1 < parts.Length && HubRepository.IsCommit(parts[place + 1]) ? parts[place + 1] : null;
    }
}
