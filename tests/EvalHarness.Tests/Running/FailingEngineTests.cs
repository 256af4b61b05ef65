using System.Runtime.CompilerServices;
using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Results;
using EvalHarness.Running;
using EvalHarness.Tests.Results;

namespace EvalHarness.Tests.Running;

/// <summary>What an engine gives that cannot be an answer makes an errored sample, no score and no crash.</summary>
public sealed class FailingEngineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private sealed class Engine(double? likelihood, string? text) : IEngine
    {
        public EngineDescription Description { get; } =
            new() { Engine = "failing", ModelPath = "", ModelName = "failing", Device = "none", Files = [] };

        public EngineUsage Usage { get; } = new();

        public Prompt Render(Prompt prompt) => prompt;

        public async IAsyncEnumerable<Response> RunAsync(
            IEnumerable<Request> requests,
            IReadOnlySet<RequestKey> answered,
            [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            foreach (Request request in requests.Where(r => !answered.Contains(r.Key)))
            {
                yield return new Response
                {
                    Key = request.Key,
                    FinishReason = FinishReason.Stop,
                    LogLikelihood = likelihood,
                    IsGreedy = likelihood is null ? null : false,
                    Text = text,
                };
            }

            await Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(double.NaN, null, "the engine gave the log-likelihood NaN; expected a finite number, 0 or less")]
    [InlineData(1.0, null, "the engine gave the log-likelihood 1; expected a finite number, 0 or less")]
    [InlineData(null, "text", "the engine gave no log-likelihood, which the request asks for")]
    [InlineData(null, null, "the engine gave no log-likelihood, which the request asks for")]
    public async Task Run_NoAnswer_IsErroredAndTriedAgain(double? likelihood, string? text, string error)
    {
        string task = TinyData.Task.Replace("doc_to_target: answer", "doc_to_target: label", StringComparison.Ordinal);
        TinyData.Fill(_folder, task + "\noutput_type: multiple_choice\ndoc_to_choice: choices");
        var options = new RunOptions
        {
            Model = "failing",
            Tasks = ["tiny"],
            Datasets = [_folder["data"]],
            IncludePaths = [_folder["tasks"]],
        };
        await using EvaluationRun run = await EvaluationRun.PrepareAsync(options, TimeProvider.System, CancellationToken.None);
        await using var engine = new Engine(likelihood, text);
        Manifest manifest = await run.DescribeAsync(engine.Description, new Dictionary<string, string>(), CancellationToken.None);
        using var folder = RunFolder.Create(_folder["run"]);
        using (Journal journal = await Journal.OpenAsync(folder, manifest, TimeProvider.System, CancellationToken.None))
        {
            var sink = new RecordingSink();
            RunResults results = await run.ExecuteAsync(engine, manifest, journal, [sink], progress: null, CancellationToken.None);
            Assert.Equal(6, results.Errored);
            Assert.All(Assert.Single(sink.Samples).Rows, row => Assert.Contains(error, row.Error, StringComparison.Ordinal));
        }

        using Journal again = await Journal.OpenAsync(folder, manifest, TimeProvider.System, CancellationToken.None);
        Assert.Equal(0, again.FinishedCount);
    }

    public void Dispose() => _folder.Dispose();
}
