using EvalHarness.Results;

namespace EvalHarness.OpenAI.Transport;

/// <summary>Where requests go, and how much patience there is with the server.</summary>
internal sealed record TransportOptions
{
    /// <summary>The address that the paths of requests are relative to; no request goes to another host, or to another port.</summary>
    public required Uri BaseAddress { get; init; }

    /// <summary>Null for a server that wants no key.</summary>
    public ApiKey? Key { get; init; }

    public KeyHeader KeyHeader { get; init; }

    /// <summary>Whether the host may be another machine (<c>--allow-network</c>).</summary>
    public bool AllowNetwork { get; init; }

    /// <summary>Connections at once.</summary>
    public int Concurrency { get; init; } = 8;

    /// <summary>How often a request is sent before it has failed for good: the first time included.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>The time in which an attempt must be answered completely. A server sends nothing while a model thinks.</summary>
    public TimeSpan AttemptTime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The wait before the second attempt, about; it doubles for each attempt after that.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A server that asks to wait longer has refused the request.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Bytes of an answer.</summary>
    public int LargestAnswer { get; init; } = 64 << 20;

    /// <summary>After so many requests in a row that failed for good, and not for what they ask, the server counts as gone.</summary>
    public int MostFailuresInARow { get; init; } = 20;

    /// <summary>Of the random part of the waits.</summary>
    public int Seed { get; init; } = 1234;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Receives a line for what a user should know.</summary>
    public Action<string>? Announce { get; init; }

    /// <summary>As the options of a run have it.</summary>
    /// <param name="address">Of the endpoint.</param>
    /// <param name="header">That the server takes its key in.</param>
    /// <param name="options">Permission, the name of the key's variable, requests at once, and the time for each.</param>
    /// <param name="environment">Returns the value of an environment variable, or null if it is not set.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Environment"/>: there is no key where one is named, or it cannot be one.
    /// </exception>
    internal static TransportOptions Of(Uri address, KeyHeader header, RunOptions options, Func<string, string?> environment) => new()
    {
        BaseAddress = address,
        KeyHeader = header,
        Key = ApiKey.Read(options.ApiKeyFrom, environment),
        AllowNetwork = options.AllowNetwork,
        Concurrency = options.Concurrency,
        AttemptTime = TimeSpan.FromSeconds(options.RequestTimeout),
    };
}
