using System.Text.Json;

namespace EvalHarness.OpenAI.Api;

/// <summary>What <c>GET /models</c> says.</summary>
internal sealed record ServerModels
{
    private const int MostNamed = 8;

    /// <summary>The names of all models there.</summary>
    public IReadOnlyList<string> Names { get; private init; } = [];

    /// <summary>The program that serves the model, where it names itself as the model's owner: "vllm", "sglang" or "llamacpp".</summary>
    public string? Program { get; private init; }

    /// <summary>The most tokens of prompt and completion together; null if the server does not say.</summary>
    public int? MaxLength { get; private init; }

    internal static ServerModels None { get; } = new();

    /// <summary>Whether the server may have the model: some take names that they do not list, such as those of deployments.</summary>
    internal bool May(string model) => Names.Count == 0 || Names.Contains(model);

    /// <summary>The names, the first of them if there are many.</summary>
    internal string Listed => string.Join(", ", Names.Take(MostNamed))
        + (Names.Count > MostNamed ? $" and {Names.Count - MostNamed} more" : "");

    internal static ServerModels Of(JsonElement answer, string model)
    {
        IReadOnlyList<JsonElement> data = answer.List("data");
        JsonElement entry = data.FirstOrDefault(d => d.Text("id") == model);
        string? owner = entry.Text("owned_by") ?? (data.Count == 1 ? data[0].Text("owned_by") : null);
        return new ServerModels
        {
            Names = [.. data.Select(d => d.Text("id")).OfType<string>()],
            Program = owner is "vllm" or "sglang" or "llamacpp" ? owner : null,
            MaxLength = entry.Count("max_model_len"),
        };
    }
}
