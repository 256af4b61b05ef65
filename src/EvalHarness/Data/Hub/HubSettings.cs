namespace EvalHarness.Data.Hub;

/// <summary>
/// The addresses of the hub and of its cache, and the token, read from the environment variables that Hugging Face's own tools use.
/// </summary>
/// <remarks>Source: huggingface_hub's documentation, "Environment variables".</remarks>
internal sealed record HubSettings
{
    /// <summary>The address of the hub: HF_ENDPOINT, or https://huggingface.co if it is not set.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>The folder of the cache: HF_HUB_CACHE, or the folder "hub" in HF_HOME if it is not set.</summary>
    public required string Cache { get; init; }

    /// <summary>The access token: HF_TOKEN, or the token that 'hf auth login' stored in HF_HOME; null if there is neither.</summary>
    public string? Token { get; init; }

    /// <summary>Whether HF_HUB_OFFLINE forbids all requests to the hub.</summary>
    public bool Offline { get; init; }

    /// <summary>Reads the settings from the environment of this process.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: HF_ENDPOINT is not an http or https address.</exception>
    public static HubSettings FromEnvironment() => From(Environment.GetEnvironmentVariable);

    /// <param name="variable">Returns the value of an environment variable, or null if it is not set.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: HF_ENDPOINT is not an http or https address.</exception>
    public static HubSettings From(Func<string, string?> variable)
    {
        string? Value(string name) => variable(name) is { Length: > 0 } text ? text : null;
        string user = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string home = Value("HF_HOME") ?? Path.Combine(Value("XDG_CACHE_HOME") ?? Path.Combine(user, ".cache"), "huggingface");
        string endpoint = Value("HF_ENDPOINT") ?? "https://huggingface.co";
        if (!Uri.TryCreate(endpoint.TrimEnd('/') + "/", UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
            throw new EvalException(ExitCode.Usage, $"HF_ENDPOINT={endpoint}: expected an address such as https://huggingface.co");
        string tokenFile = Value("HF_TOKEN_PATH") ?? Path.Combine(home, "token");
        return new HubSettings
        {
            Endpoint = address,
            Cache = Value("HF_HUB_CACHE") ?? Value("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub"),
            Token = Value("HF_TOKEN")
                ?? (File.Exists(tokenFile) && File.ReadAllText(tokenFile).Trim() is { Length: > 0 } token ? token : null),
            Offline = (Value("HF_HUB_OFFLINE") ?? Value("TRANSFORMERS_OFFLINE"))?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE",
        };
    }
}
