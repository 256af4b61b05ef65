using EvalHarness.Engines;
using EvalHarness.OpenAI.Api;
using EvalHarness.OpenAI.Engine;
using EvalHarness.OpenAI.Transport;
using EvalHarness.Prompts;
using EvalHarness.Tests.Engines;

namespace EvalHarness.Tests.OpenAI.Engine;

/// <summary>The engine for endpoints keeps what every engine promises, whatever way the server scores and makes tokens.</summary>
public abstract class EndpointContractTests : EngineContractTests, IAsyncLifetime
{
    private ModelServer? _server;

    private protected override Request Unanswerable => Generate(9, "half \ud83d");

    private protected override bool CountsAnswersThatNobodyTakes => true;

    /// <summary>These requests are texts, and OpenAI's API has a field for a schema in conversations alone.</summary>
    private protected override bool? KeepsToSchemas => false;

    private protected virtual ModelServerOptions Server => new();

    private protected virtual string? Tokenizer => null;

    public async Task InitializeAsync()
    {
        if (Shared.Missing is null)
            _server = await ModelServer.StartAsync(Server);
    }

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    private protected override async Task<IEngine> OpenAsync()
    {
        var address = ModelAddress.Parse(_server!.Endpoint);
        return await EndpointEngine.OpenAsync(
            new EndpointOptions
            {
                GivenAs = _server.Endpoint,
                Address = address,
                Transport = new TransportOptions { BaseAddress = address.Url },
                Tokenizer = Tokenizer,
                Concurrency = 3,
            },
            CancellationToken.None);
    }
}

/// <summary>No tokenizer is known, so that the texts of the server's tokens say where a continuation begins.</summary>
public sealed class TextEndpointContractTests : EndpointContractTests;

public sealed class TokenizerEndpointContractTests : EndpointContractTests
{
    private protected override string? Tokenizer => Shared.Model("fp32");
}

public sealed class ServerTokenizerEndpointContractTests : EndpointContractTests
{
    private protected override ModelServerOptions Server => new() { Tokenizes = true };
}

public sealed class PromptLogProbabilitiesEndpointContractTests : EndpointContractTests
{
    private protected override ModelServerOptions Server =>
        new() { Owner = "vllm", Echoes = false, HasPromptLogProbabilities = true, Tokenizes = true };
}
