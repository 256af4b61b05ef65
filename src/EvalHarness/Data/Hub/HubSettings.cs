namespace EvalHarness.Data.Hub;

/// <summary>Where the hub and its cache are, by the variables that Hugging Face's own tools read.</summary>
/// <remarks>Source: huggingface_hub's documentation, "Environment variables".</remarks>
public sealed record HubSettings
{
    /// <summary>HF_ENDPOINT.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>HF_HUB_CACHE, else hub under HF_HOME.</summary>
    public required string Cache { get; init; }

    /// <summary>HF_TOKEN, else what 'hf auth login' left in HF_HOME; null for none.</summary>
    public string? Token { get; init; }

    /// <summary>HF_HUB_OFFLINE: nothing is asked of the network.</summary>
    public bool Offline { get; init; }

    /// <summary>Of this process.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: HF_ENDPOINT is no address.</exception>
    public static HubSettings FromEnvironment() => From(Environment.GetEnvironmentVariable);

    /// <param name="variable">Value of an environment variable; null where it is not set.</param>
    public static HubSettings From(Func<string, string?> variable)
    {
        string? Value(string name) => variable(name) is { Length: > 0 } text ? text : null;
        string home = Value("HF_HOME") ?? Path.Combine(Value("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "huggingface");
        string endpoint = Value("HF_ENDPOINT") ?? "https://huggingface.co";
        if (!Uri.TryCreate(endpoint.TrimEnd('/') + "/", UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
            throw new EvalException(ExitCode.Usage, $"HF_ENDPOINT={endpoint}: expected an address such as https://huggingface.co");
        string tokenFile = Value("HF_TOKEN_PATH") ?? Path.Combine(home, "token");
        return new HubSettings
        {
            Endpoint = address,
            Cache = Value("HF_HUB_CACHE") ?? Value("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub"),
            Token = Value("HF_TOKEN") ?? (File.Exists(tokenFile) && File.ReadAllText(tokenFile).Trim() is { Length: > 0 } token ? token : null),
            Offline = (Value("HF_HUB_OFFLINE") ?? Value("TRANSFORMERS_OFFLINE"))?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE",
        };
    }
}
