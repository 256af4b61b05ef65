using System.ComponentModel.DataAnnotations;
using EvalHarness.Files;

namespace EvalHarness.Results;

/// <summary>What models cost to run: a file of the user's, because prices change.</summary>
internal sealed record PriceFile
{
    /// <summary>Name of the currency, as tables show it.</summary>
    public required string Currency { get; init; }

    /// <summary>By the model's name in the runs.</summary>
    public required IReadOnlyDictionary<string, ModelPrice> Models { get; init; }

    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: the file cannot be read, or a model in it has no price, or two.
    /// </exception>
    internal static PriceFile Read(string path)
    {
        var file = SettingsFile.Read<PriceFile>(path, ExitCode.Usage);
        foreach ((string model, ModelPrice price) in file.Models)
        {
            if (price.Problem is { } problem)
                throw new EvalException(ExitCode.Usage, $"{path}: {model}: {problem}");
        }

        return file;
    }
}

/// <summary>What a model costs: the machine that runs it by the hour, or an endpoint by the token.</summary>
internal sealed record ModelPrice
{
    private const double SecondsPerHour = 3600;
    private const double Million = 1e6;

    /// <summary>What the machine costs per hour.</summary>
    [Range(0, double.MaxValue)]
    public double? PerHour { get; init; }

    /// <summary>What a million tokens of prompts cost.</summary>
    [Range(0, double.MaxValue)]
    public double? PerMillionInput { get; init; }

    /// <summary>What a million tokens of prompts cost that the server had from earlier requests; null where they cost as much.</summary>
    [Range(0, double.MaxValue)]
    public double? PerMillionCachedInput { get; init; }

    /// <summary>What a million tokens of completions cost, reasoning included.</summary>
    [Range(0, double.MaxValue)]
    public double? PerMillionOutput { get; init; }

    /// <summary>Why this is no price; null if it is one.</summary>
    internal string? Problem => this switch
    {
        { PerHour: not null, PerMillionInput: null, PerMillionCachedInput: null, PerMillionOutput: null } => null,
        { PerHour: null, PerMillionInput: not null, PerMillionOutput: not null } => null,
        _ => "expected per_hour for a machine, or per_million_input and per_million_output (and per_million_cached_input, where that is "
            + "less) for an endpoint",
    };

    /// <summary>What tokens cost, or the time that they took, in the file's currency.</summary>
    internal double Cost(TokenCount tokens, double seconds) => PerHour is { } hour
        ? hour * seconds / SecondsPerHour
        : (((tokens.Prompt - tokens.Cached) * PerMillionInput!.Value)
            + (tokens.Cached * (PerMillionCachedInput ?? PerMillionInput.Value))
            + (tokens.Completion * PerMillionOutput!.Value)) / Million;
}
