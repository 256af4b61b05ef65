using EvalHarness.OpenAI.Api;
using EvalHarness.OpenAI.Transport;
using EvalHarness.Results;

namespace EvalHarness.OpenAI.Engine;

/// <summary>What the options of a run ask of an endpoint.</summary>
internal static class EndpointArguments
{
    /// <param name="options">Whose model is an endpoint.</param>
    /// <param name="tokenizer">The tokenizer's file or folder; null for the server's own.</param>
    /// <param name="environment">Returns the value of an environment variable, or null if it is not set.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: an option says something that is the server's to say, or the model's name is wrong;
    /// <see cref="ExitCode.Environment"/>: there is no key where one is named.
    /// </exception>
    internal static EndpointOptions Of(RunOptions options, string? tokenizer, Func<string, string?> environment)
    {
        var address = ModelAddress.Parse(options.Model);
        if (Idle(options) is { } idle)
        {
            throw new EvalException(
                ExitCode.Usage, $"{idle} is for models that run here, and how an endpoint computes is its server's to say; leave it out");
        }

        if (options.ApplyChatTemplate && OfTokens(options, tokenizer) is { } ofTokens)
        {
            throw new EvalException(
                ExitCode.Usage,
                $"{ofTokens} and --apply-chat-template: the turns go to the endpoint as they are, and its server makes text and tokens of "
                + "them; leave one out");
        }

        TransportOptions transport = TransportOptions.Of(address.Url, address.KeyHeader, options, environment);
        if (transport.Key?.IsIn(options.Model) == true)
        {
            throw new EvalException(
                ExitCode.Usage,
                "--model has the endpoint's key in it, which would stand in the run's files; leave it out of the address, the key is read "
                + $"from the variable {options.ApiKeyFrom ?? ApiKey.DefaultVariable}");
        }

        return new EndpointOptions
        {
            GivenAs = options.Model,
            Address = address,
            Transport = transport,
            KeyVariable = options.ApiKeyFrom ?? ApiKey.DefaultVariable,
            IsChat = options.ApplyChatTemplate,
            Concurrency = options.Concurrency,
            Tokenizer = tokenizer,
            MaxLength = options.MaxLength,
            TruncateLeft = options.Truncation == "left",
            AddBosToken = options.AddBosToken,
            ThinkEndToken = options.ThinkEndToken,
            ChatTemplateArguments = TemplateArguments.Of(options),
        };
    }

    private static string? Idle(RunOptions options) => options switch
    {
        // A judge that runs here may use these.
        { Judge: { } judge } when !RunOptions.IsEndpoint(judge) => null,
        { Device: not "cpu" } => "--device",
        { BatchSize: > 1 } => "--batch-size",
        { Workers: > 1 } => "--workers",
        { Threads: not null } => "--threads",
        { NoPrefixReuse: true } => "--no-prefix-reuse",
        { Tokenizer: RunOptions.RuntimeTokenizer } => "--tokenizer genai",
        _ => null,
    };

    private static string? OfTokens(RunOptions options, string? tokenizer) => options switch
    {
        { ChatTemplateName: not null } => "the name of a chat template",
        { TemplateDate: not null } => "--template-date",
        { MaxLength: not null } => "--max-length",
        { Truncation: "left" } => "--truncation left",
        { AddBosToken: not null } => "--add-bos-token",
        _ when tokenizer is not null => "--tokenizer",
        _ => null,
    };
}
