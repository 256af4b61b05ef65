namespace EvalHarness.Results;

/// <summary>Whether an address has a password or a key in it, which would then stand in the run's files.</summary>
internal static class AddressSecrets
{
    private static readonly string[] Names =
    [
        "key", "apikey", "api-key", "api_key", "x-api-key", "token", "access_token", "subscription-key", "subscription_key", "sig", "sas",
        "code", "auth", "authorization", "secret", "password",
    ];

    internal static bool AreIn(Uri address) => address.UserInfo.Length > 0
        || address.Query.TrimStart('?')
            .Split('&')
            .Select(part => Uri.UnescapeDataString(part.Split('=')[0]))
            .Any(name => Names.Contains(name, StringComparer.OrdinalIgnoreCase));

    /// <summary>The mistake, without the address, because that would show the key.</summary>
    internal static EvalException Refuse(Uri address) => new(
        ExitCode.Usage,
        $"the address of {address.Host} has a name, a password or a key in it, which would stand in the run's files; put the key into the "
        + "variable OPENAI_API_KEY, or into one that --api-key-from names");
}
