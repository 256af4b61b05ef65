using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EvalHarness.Prompts;

namespace EvalHarness.Engines;

/// <summary>
/// Answers requests from a file of recorded answers instead of a model, so that saved answers can be graded again. The file
/// holds JSON lines, plain or compressed (.gz). Each line has <c>context</c>, or <c>context_sha256</c> (the hash of the
/// context's UTF-8 bytes in hexadecimal), and either <c>response</c>, or <c>continuation</c>, <c>loglikelihood</c> and
/// <c>is_greedy</c>. If a context has several responses, they answer its repeats in the order of the file.
/// </summary>
public sealed class ReplayEngine : IEngine
{
    private readonly Dictionary<string, List<string>> _responses = [];
    private readonly Dictionary<(string Context, string Continuation), (double LogLikelihood, bool IsGreedy)> _likelihoods = [];
    private readonly string _file;

    private ReplayEngine(string file, EngineDescription description) => (_file, Description) = (file, description);

    public EngineDescription Description { get; }

    public EngineUsage Usage { get; } = new();

    /// <summary>Reads all recorded answers of a file into memory.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: the file is missing, or one of its lines is malformed.</exception>
    public static async Task<ReplayEngine> LoadAsync(string file, CancellationToken cancellationToken)
    {
        if (!File.Exists(file))
        {
            throw new EvalException(
                ExitCode.Model, $"--model replay:{file}: there is no such file; expected recorded responses as JSON lines");
        }

        var engine = new ReplayEngine(file, new EngineDescription
        {
            Engine = "replay",
            ModelPath = $"replay:{file}",
            ModelName = $"replay-{Path.GetFileName(file).Split('.')[0]}",
            Device = "none",
            Files = await ModelFiles.HashAsync(file, cancellationToken).ConfigureAwait(false),
        });
        using FileStream raw = File.OpenRead(file);
        using Stream stream = file.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(raw, CompressionMode.Decompress) : raw;
        using var reader = new StreamReader(stream);
        for (int number = 1; await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line; number++)
        {
            if (line.Length > 0)
                engine.Add(line, number);
        }

        return engine;
    }

    private void Add(string line, int number)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            JsonElement root = json.RootElement;
            string context = root.TryGetProperty("context_sha256", out JsonElement hash)
                ? hash.GetString()!
                : Hash(root.GetProperty("context").GetString()!);
            if (root.TryGetProperty("response", out JsonElement response))
            {
                if (!_responses.TryGetValue(context, out List<string>? list))
                    _responses[context] = list = [];
                list.Add(response.GetString()!);
            }
            else
            {
                // The rolling log-likelihood of a whole text is recorded without a continuation and without is_greedy.
                string text = root.TryGetProperty("continuation", out JsonElement continuation) ? continuation.GetString() ?? "" : "";
                bool isGreedy = root.TryGetProperty("is_greedy", out JsonElement greedy) && greedy.ValueKind == JsonValueKind.True;
                _likelihoods[(context, text)] = (root.GetProperty("loglikelihood").GetDouble(), isGreedy);
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new EvalException(
                ExitCode.Model,
                $"{_file}:{number}: {e.Message} Expected context or context_sha256, "
                + "and response, or continuation, loglikelihood and is_greedy",
                e);
        }
    }

    public Prompt Render(Prompt prompt) => prompt.Render((_, _) => throw new EvalException(
        ExitCode.Model,
        $"--model replay:{_file}: recorded answers have no chat template; give the model itself, or leave out --apply-chat-template"));

    public async IAsyncEnumerable<Response> RunAsync(
        IReadOnlyList<Request> requests,
        IReadOnlySet<RequestKey> answered,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Prompt? prompt = null;
        string? hash = null;
        foreach (Request request in requests)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (answered.Contains(request.Key))
                continue;
            // Requests of one document follow each other and share one prompt object, so each prompt is hashed once.
            if (!ReferenceEquals(prompt, request.Prompt))
                (prompt, hash) = (request.Prompt, Hash(Render(request.Prompt).Text));
            yield return Answer(request, hash!);
        }

        await Task.CompletedTask.ConfigureAwait(false);
    }

    private Response Answer(Request request, string hash)
    {
        switch (request)
        {
            case LogLikelihoodRequest likelihood when _likelihoods.TryGetValue((hash, likelihood.Continuation), out var recorded):
                return Scored(request, recorded);
            case RollingLogLikelihoodRequest when _likelihoods.TryGetValue((hash, ""), out var rolled):
                return Scored(request, rolled);
            case GenerateRequest when _responses.TryGetValue(hash, out List<string>? texts) && request.Key.Index < texts.Count:
                return new Response { Key = request.Key, FinishReason = FinishReason.Stop, Text = texts[request.Key.Index] };
            default:
                string what = request is LogLikelihoodRequest other
                    ? $"continuation {JsonSerializer.Serialize(other.Continuation)}"
                    : "a response";
                return Response.Failed(
                    request.Key, $"{_file} has no recorded answer for {request.Key} (context_sha256 {hash[..16]}..., {what})");
        }
    }

    private static Response Scored(Request request, (double LogLikelihood, bool IsGreedy) recorded) => new()
    {
        Key = request.Key,
        FinishReason = FinishReason.Scored,
        LogLikelihood = recorded.LogLikelihood,
        IsGreedy = recorded.IsGreedy,
    };

    private static string Hash(string context) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(context)));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
