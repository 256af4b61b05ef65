using EvalHarness.Engines;
using EvalHarness.OpenAI.Transport;
using EvalHarness.Results;

namespace EvalHarness.OpenAI.Api;

/// <summary>An endpoint and a model there, as <c>--model openai:URL#MODEL</c> names them.</summary>
internal sealed record ModelAddress
{
    private const string Prefix = RunOptions.EndpointPrefix;

    private static readonly string[] Routes = ["/chat/completions", "/completions", "/models", "/responses"];

    private static readonly string[] AzureHosts = [".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com"];

    private readonly string _path;

    private ModelAddress(Uri url, string model) =>
        (Url, Model, _path) = (url, model, url.GetLeftPart(UriPartial.Path).TrimEnd('/'));

    /// <summary>The address below which the routes stand, with its query.</summary>
    internal Uri Url { get; }

    /// <summary>The model as requests name it.</summary>
    internal string Model { get; }

    /// <summary>The last part of the model's name, which is the name of the model in tables and of its folder of results.</summary>
    internal string Name => ModelNames.Short(Model);

    /// <summary>Azure takes keys in a header of its own; its addresses have an api-version unless they end in /openai/v1.</summary>
    internal KeyHeader KeyHeader =>
        AzureHosts.Any(h => Url.Host.EndsWith(h, StringComparison.OrdinalIgnoreCase))
        || Url.Query.Contains("api-version=", StringComparison.OrdinalIgnoreCase)
            ? KeyHeader.ApiKey
            : KeyHeader.Bearer;

    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: the text names no address, or no model.</exception>
    internal static ModelAddress Parse(string text)
    {
        string rest = text[Prefix.Length..];
        int hash = rest.IndexOf('#', StringComparison.Ordinal);
        string model = hash < 0 ? "" : rest[(hash + 1)..];
        string written = hash < 0 ? rest : rest[..hash];
        if (!Uri.TryCreate(written, UriKind.Absolute, out Uri? url) || url.Scheme is not ("http" or "https"))
            throw Wrong("the address does not begin with http:// or https://");
        if (!ModelNames.CanName(model))
            throw Wrong("no model is named behind a '#'");
        if (Routes.FirstOrDefault(r => url.AbsolutePath.TrimEnd('/').EndsWith(r, StringComparison.Ordinal)) is { } route)
            throw Wrong($"the address ends in {route}; leave that part out");
        return new ModelAddress(url, model.Trim());
    }

    private static EvalException Wrong(string what) => new(
        ExitCode.Usage, $"--model: expected {Prefix}URL#MODEL, such as {Prefix}http://localhost:8000/v1#Qwen/Qwen3-8B; {what}");

    /// <summary>The address of a route, such as /completions, with the query that every request needs.</summary>
    internal Uri At(string route) => new(_path + route + Url.Query);

    /// <summary>The address of a route that stands beside /v1 and not below it.</summary>
    internal Uri Beside(string route) =>
        new((_path.EndsWith("/v1", StringComparison.Ordinal) ? _path[..^"/v1".Length] : _path) + route + Url.Query);
}
