namespace EvalHarness.OpenAI.Protocol;

/// <summary>A model at an endpoint, as <c>--model openai:URL#MODEL</c> names it.</summary>
/// <param name="Address">The address that "chat/completions" is appended to; its path ends with a slash, and it has no query.</param>
/// <param name="Query">What stands behind every path, such as "?api-version=2024-10-21" of Azure; empty for most servers.</param>
/// <param name="Model">The name that the server is asked for.</param>
internal sealed record EndpointName(Uri Address, string Query, string Model)
{
    /// <summary>How the value of <c>--model</c> begins for a model at an endpoint.</summary>
    internal const string Scheme = "openai:";

    private const string Expected = "expected openai:URL#MODEL, such as openai:http://localhost:8000/v1#phi-4-mini";

    /// <summary>Whether the server is Azure's, which takes its key in a header of its own.</summary>
    internal bool IsAzure => Query.Contains("api-version=", StringComparison.OrdinalIgnoreCase)
        || Address.Host.EndsWith(".azure.com", StringComparison.OrdinalIgnoreCase);

    /// <summary>The name of the model in tables and folders: the last part of the name that the server is asked for.</summary>
    internal string ModelName => Model[(Model.TrimEnd('/').LastIndexOf('/') + 1)..].TrimEnd('/');

    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: the value is not of that form.</exception>
    internal static EndpointName Parse(string model)
    {
        string rest = model[Scheme.Length..];
        int hash = rest.LastIndexOf('#');
        if (hash < 0 || hash == rest.Length - 1)
            throw Wrong(model, "the name of the model is missing");
        string name = rest[(hash + 1)..], url = rest[..hash];
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
            throw Wrong(model, "the address is none of the web");
        var folder = new UriBuilder(address) { Query = "", Fragment = "" };
        // People copy the whole address of a route; what every route has in common is meant.
        foreach (string route in (string[])["/chat/completions", "/completions"])
        {
            if (folder.Path.TrimEnd('/').EndsWith(route, StringComparison.Ordinal))
                folder.Path = folder.Path.TrimEnd('/')[..^route.Length];
        }

        folder.Path = folder.Path.TrimEnd('/') + "/";
        return new EndpointName(folder.Uri, address.Query, name);
    }

    // A key in the address would be shown, so an address with one is not repeated.
    private static EvalException Wrong(string model, string what) => new(
        ExitCode.Usage,
        $"--model {(model.Contains('@', StringComparison.Ordinal) || model.Contains('?', StringComparison.Ordinal) ? "openai:..." : model)}: "
        + $"{what}; {Expected}");
}
