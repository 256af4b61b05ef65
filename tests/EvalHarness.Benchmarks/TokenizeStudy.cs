using System.Globalization;
using System.Runtime.CompilerServices;
using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Inspection;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Prompts;
using EvalHarness.Results;
using EvalHarness.Running;
using EvalHarness.Tokenizers;
using EvalHarness.Tokens;

namespace EvalHarness.Benchmarks;

/// <summary>
/// Encodes all requests of MMLU at 5 shots with a model's tokenizer.json and with the runtime's own tokenizer of the same files, task by
/// task in turn and on one thread, so that both see the same machine.
/// </summary>
internal sealed class TokenizeStudy : IEngine
{
    private readonly (string Name, ITokenizer Tokenizer)[] _tokenizers;
    private readonly double[] _seconds = new double[2];
    private readonly long[] _tokens = new long[2];
    private int _turn;

    private TokenizeStudy(string folder) => _tokenizers =
        [("tokenizer.json", JsonTokenizer.Load(Path.Combine(folder, JsonTokenizer.FileName))), ("genai", GenAiTokenizer.Load(folder))];

    public EngineDescription Description { get; } =
        new() { Engine = "study", ModelPath = "", ModelName = "study", Device = "none", Files = [] };

    public EngineUsage Usage { get; } = new();

    /// <param name="root">The folder of the datasets, in the hub's layout.</param>
    /// <param name="folders">Folders with tokenizer.json.</param>
    internal static async Task RunAsync(string root, IEnumerable<string> folders)
    {
        Console.WriteLine("| Files | Tokens | Seconds | Tokens, genai | Seconds, genai | Ratio |\n|---|---:|---:|---:|---:|---:|");
        foreach (string folder in folders)
        {
            string work = Directory.CreateTempSubdirectory("evalharness-study-").FullName;
            try
            {
                foreach (string file in Directory.EnumerateFiles(folder, "tokenizer*.json"))
                    File.Copy(file, Path.Combine(work, Path.GetFileName(file)));
                // The runtime's tokenizer needs a configuration, and of it nothing but that there is a model.
                await File.WriteAllTextAsync(
                    Path.Combine(work, "genai_config.json"),
                    """{"model": {"type": "llama", "context_length": 131072, "vocab_size": 300000, "eos_token_id": 2, "decoder": {}}}""")
                    .ConfigureAwait(false);
                var study = new TokenizeStudy(work);
                await using (study.ConfigureAwait(false))
                {
                    await study.MeasureAsync(root, Path.Combine(work, "run")).ConfigureAwait(false);
                    Console.WriteLine(string.Create(
                        CultureInfo.InvariantCulture,
                        $"| {Path.GetFileName(folder)} | {study._tokens[0]} | {study._seconds[0]:0.0} | {study._tokens[1]} | "
                        + $"{study._seconds[1]:0.0} | {study._seconds[0] / study._seconds[1]:0.00} |"));
                }
            }
            finally
            {
                Directory.Delete(work, recursive: true);
            }
        }
    }

    private async Task MeasureAsync(string root, string output)
    {
        var options = new RunOptions { Model = "study", Tasks = ["mmlu"], Datasets = [root], NumFewShot = 5 };
        EvaluationRun run = await EvaluationRun.PrepareAsync(options, TimeProvider.System, CancellationToken.None).ConfigureAwait(false);
        await using var _ = run.ConfigureAwait(false);
        using var folder = RunFolder.Create(output);
        Manifest manifest = await run
            .DescribeAsync(Description, new Dictionary<string, string>(), CancellationToken.None)
            .ConfigureAwait(false);
        manifest = manifest with { Sessions = [new RunSession { Command = [], Started = DateTimeOffset.UnixEpoch }] };
        using Journal journal = await Journal
            .OpenAsync(folder, manifest, TimeProvider.System, CancellationToken.None)
            .ConfigureAwait(false);
        await run.ExecuteAsync(this, manifest, journal, [], null, CancellationToken.None).ConfigureAwait(false);
    }

    public Prompt Render(Prompt prompt) => prompt;

    public async IAsyncEnumerable<Response> RunAsync(
        IEnumerable<Request> requests,
        IReadOnlySet<RequestKey> answered,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _turn++;
        for (int i = 0; i < 2; i++)
        {
            int which = (_turn + i) % 2;
            var config = new ModelConfig
            {
                Type = "llama",
                ContextLength = 131_072,
                VocabularySize = 300_000,
                GraphFile = "",
                LogitsName = "",
                CacheNames = [],
                EndOfTextIds = [2],
                PadId = null,
                BeginOfTextId = null,
            };
            var encoder = new RequestEncoder(
                new ModelTokenizer(_tokenizers[which].Tokenizer, config.BeginOfTextId, config.EndOfTextIds[0], addBosToken: false),
                config.ContextLength,
                truncateLeft: false);
            long start = TimeProvider.System.GetTimestamp();
            encoder.Add([.. requests]);
            _seconds[which] += TimeProvider.System.GetElapsedTime(start).TotalSeconds;
            _tokens[which] += encoder.Encoded.Sum(r => (long)r.PromptTokens);
        }

        foreach (Request request in requests)
            yield return new Response { Key = request.Key, FinishReason = FinishReason.Scored, LogLikelihood = -1, IsGreedy = false };
        await Task.CompletedTask.ConfigureAwait(false);
    }

    public ValueTask DisposeAsync()
    {
        foreach ((_, ITokenizer tokenizer) in _tokenizers)
            tokenizer.Dispose();
        return ValueTask.CompletedTask;
    }
}
