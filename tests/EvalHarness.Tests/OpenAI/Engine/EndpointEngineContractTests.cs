using EvalHarness.Engines;
using EvalHarness.OpenAI.Engine;
using EvalHarness.OpenAI.Protocol;
using EvalHarness.Prompts;
using EvalHarness.Tests.Engines;

namespace EvalHarness.Tests.OpenAI.Engine;

/// <summary>The engine for endpoints, with a server of the tests over our own engine.</summary>
public sealed class EndpointEngineContractTests : EngineContractTests, IAsyncLifetime
{
    private ModelServer? _server;

    private protected override Request Unanswerable => Generate(9, string.Concat(Enumerable.Repeat("Once upon a time. ", 5000)));

    public async Task InitializeAsync() =>
        _server = Shared.Missing is null ? await ModelServer.StartAsync(Shared.Model("fp32")) : null;

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    private protected override async Task<IEngine> OpenAsync() => await EndpointEngine.OpenAsync(
        new EndpointOptions
        {
            GivenAs = _server!.Name,
            Name = EndpointName.Parse(_server.Name),
            Tokenizer = Shared.Model("fp32"),
        },
        CancellationToken.None);
}
