using System.Text.Json;
using EvalHarness.OpenAI.Protocol;
using EvalHarness.Tokenizers;
using EvalHarness.Tokens;

namespace EvalHarness.OpenAI.Engine;

/// <summary>The tokenizer by which texts that are scored become token ids, so that context and continuation are split as they should be.</summary>
internal static class EndpointTokenizer
{
    /// <summary>Opens the model's tokenizer: the files that the user names, or the server's.</summary>
    /// <returns>Null if there is none: then the server splits texts as it likes.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: the files are missing or damaged.</exception>
    internal static async Task<ModelTokenizer?> OpenAsync(HttpClient client, EndpointOptions options, CancellationToken cancellationToken)
    {
        if (options.Tokenizer is { } path)
            return OfFiles(path, options.AddBosToken);
        ServerTokenizer? server = await ServerTokenizer
            .FindAsync(client, options.Name.Address, options.Name.Model, cancellationToken)
            .ConfigureAwait(false);
        return server is null ? null : new ModelTokenizer(
            server, server.Prefix is [var first, ..] ? first : null, ModelTokenizer.NoToken, options.AddBosToken);
    }

    private static ModelTokenizer OfFiles(string path, bool? addBosToken)
    {
        string folder = Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        string file = Directory.Exists(path) ? Path.Combine(path, JsonTokenizer.FileName) : path;
        if (!File.Exists(file))
        {
            throw new EvalException(
                ExitCode.Model, $"--tokenizer {path}: there is no {JsonTokenizer.FileName}; expected the tokenizer of the endpoint's model");
        }

        ITokenizer tokenizer = JsonTokenizer.Load(file);
        Dictionary<string, int> special = SpecialTokens(folder, tokenizer);
        int? begin = special.TryGetValue("bos_token", out int bos) ? bos : null;
        int end = special.TryGetValue("eos_token", out int eos) ? eos : ModelTokenizer.NoToken;
        return new ModelTokenizer(tokenizer, begin, end, addBosToken);
    }

    /// <summary>The ids of bos_token and eos_token in tokenizer_config.json, as far as it names them.</summary>
    private static Dictionary<string, int> SpecialTokens(string folder, ITokenizer tokenizer)
    {
        string file = Path.Combine(folder, "tokenizer_config.json");
        var ids = new Dictionary<string, int>();
        if (!File.Exists(file))
            return ids;
        try
        {
            using JsonDocument config = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (string name in (string[])["bos_token", "eos_token"])
            {
                if (!config.RootElement.TryGetProperty(name, out JsonElement value))
                    continue;
                JsonElement text = value.ValueKind == JsonValueKind.Object ? value.GetProperty("content") : value;
                if (text.ValueKind == JsonValueKind.String && tokenizer.Encode(text.GetString()!) is [var id])
                    ids[name] = id;
            }

            return ids;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new EvalException(ExitCode.Model, $"{file}: cannot be read: {EvalException.OneLine(e.Message)}", e);
        }
    }
}
