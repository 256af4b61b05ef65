using System.Text.Json;
using EvalHarness.Engines;
using EvalHarness.OpenAI.Api;
using EvalHarness.Tokenizers;
using EvalHarness.Tokens;

namespace EvalHarness.OpenAI.Engine;

/// <summary>Reads the tokenizer of a model that runs elsewhere from its files here.</summary>
internal static class LocalTokenizer
{
    /// <summary>Stands for an end of the text that no file names; a request that needs it fails.</summary>
    internal const int Unknown = -1;

    /// <param name="path">A folder with tokenizer.json, or such a file, beside which its configuration lies.</param>
    /// <param name="addBosToken">Whether texts begin with the beginning-of-text token; null for the tokenizer's default.</param>
    /// <param name="thinkEndToken">The value of <c>--think-end-token</c>.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: there is no such file; <see cref="ExitCode.Model"/>: it is damaged, or a part is not supported.
    /// </exception>
    internal static ModelTokenizer Load(string path, bool? addBosToken, string? thinkEndToken)
    {
        string file = FileOf(path);
        if (!File.Exists(file))
        {
            throw new EvalException(
                ExitCode.Usage,
                $"--tokenizer {path}: there is no {(file == path ? "such file or folder" : $"{JsonTokenizer.FileName} in it")}; expected "
                + "the tokenizer.json of the endpoint's model, or the folder that has it");
        }

        JsonTokenizer tokenizer = JsonTokenizer.Load(file);
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        int endOfText = Find(folder, tokenizer, "eos_token") ?? Unknown;
        return new ModelTokenizer(tokenizer, Find(folder, tokenizer, "bos_token"), endOfText, addBosToken)
        {
            ThinkEndToken = thinkEndToken,
        };
    }

    private static string FileOf(string path) => Directory.Exists(path) ? Path.Combine(path, JsonTokenizer.FileName) : path;

    /// <summary>The tokenizer for the manifest, with a hash: another one would give other numbers.</summary>
    internal static async Task<string> DescribeAsync(string path, CancellationToken cancellationToken)
    {
        IReadOnlyList<ModelFile> files = await ModelFiles.HashAsync(FileOf(path), cancellationToken).ConfigureAwait(false);
        return $"{JsonTokenizer.FileName} with SHA-256 {files[0].Sha256}";
    }

    /// <summary>The id of a special token, which tokenizer_config.json has as a text and other files as a number.</summary>
    private static int? Find(string folder, JsonTokenizer tokenizer, string name)
    {
        JsonElement config = Read(folder, "tokenizer_config.json");
        if ((config.Text(name) ?? config.Member(name)?.Text("content")) is { } text && tokenizer.IdOf(text) is { } id)
            return id;
        JsonElement runtime = Read(folder, "genai_config.json").Member("model") ?? default;
        return ((JsonElement[])[Read(folder, "config.json"), Read(folder, "generation_config.json"), runtime])
            .Select(c => c.Count($"{name}_id") ?? FirstOf(c, $"{name}_id"))
            .FirstOrDefault(i => i is not null);
    }

    private static int? FirstOf(JsonElement config, string name) =>
        config.List(name) is [{ ValueKind: JsonValueKind.Number } first, ..] && first.TryGetInt32(out int id) && id >= 0 ? id : null;

    private static JsonElement Read(string folder, string name)
    {
        string file = Path.Combine(folder, name);
        try
        {
            return File.Exists(file) ? JsonElement.Parse(File.ReadAllBytes(file)) : default;
        }
        catch (JsonException e)
        {
            throw new EvalException(ExitCode.Model, $"{file} is not valid JSON: {e.Message}");
        }
    }
}
