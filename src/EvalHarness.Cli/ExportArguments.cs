using System.CommandLine;
using EvalHarness.Exports;

namespace EvalHarness.Cli;

/// <summary>The options that make a command write its runs for other programs too, and say who evaluated.</summary>
internal sealed class ExportArguments
{
    private readonly Option<string?> _organization = new("--organization")
    {
        Description = "Also write the runs as records of Every Eval Ever and as evaluation results for the hub; NAME gives the numbers",
        HelpName = "NAME",
    };

    private readonly Option<string?> _organizationUrl = new("--organization-url")
    {
        Description = "Address of the organization, for these records",
        HelpName = "URL",
    };

    private readonly Option<string?> _relationship = new("--relationship")
    {
        Description = $"How the organization stands to the model's maker: {string.Join(", ", Words.Keys)} (default: other)",
        HelpName = "WORD",
    };

    private readonly Option<string?> _sourceUrl = new("--source-url")
    {
        Description = "Where the runs can be seen; the hub shows it beside the score",
        HelpName = "URL",
    };

    private static Dictionary<string, EvaluatorRelationship> Words { get; } = new()
    {
        ["first_party"] = EvaluatorRelationship.FirstParty,
        ["third_party"] = EvaluatorRelationship.ThirdParty,
        ["collaborative"] = EvaluatorRelationship.Collaborative,
        ["other"] = EvaluatorRelationship.Other,
    };

    public IReadOnlyList<Option<string?>> All => [_organization, _organizationUrl, _relationship, _sourceUrl];

    /// <returns>Null where nothing is to be written for other programs.</returns>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: the relationship is none of the words, an address is none, or an option would do nothing.
    /// </exception>
    public Evaluator? Read(ParseResult parsed)
    {
        if (parsed.GetValue(_organization) is not { } organization)
        {
            return All.FirstOrDefault(option => parsed.GetValue(option) is not null) is { } idle
                ? throw new EvalException(ExitCode.Usage, $"{idle.Name} needs --organization, without which no such records are written")
                : null;
        }

        if (string.IsNullOrWhiteSpace(organization))
            throw new EvalException(ExitCode.Usage, "--organization: expected a name");
        string? word = parsed.GetValue(_relationship);
        if (word is not null && !Words.ContainsKey(word))
            throw new EvalException(ExitCode.Usage, $"--relationship {word}: expected {string.Join(", ", Words.Keys)}");
        return new Evaluator
        {
            Organization = organization,
            OrganizationUrl = Address(parsed, _organizationUrl),
            Relationship = word is null ? EvaluatorRelationship.Other : Words[word],
            SourceUrl = Address(parsed, _sourceUrl),
        };
    }

    private static string? Address(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) switch
    {
        null => null,
        var text when Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.Scheme is ("http" or "https") => text,
        var text => throw new EvalException(
            ExitCode.Usage, $"{option.Name} {text}: expected an address that begins with https:// or http://"),
    };
}
