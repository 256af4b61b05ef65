using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using EvalHarness.Engines;

namespace EvalHarness.Results;

/// <content>What lm-evaluation-harness writes of the model, its tokenizer and its template. Nothing in this program reads it.</content>
/// <remarks>Source: result_schema.py of lm-evaluation-harness; add_tokenizer_info in its loggers/utils.py.</remarks>
public sealed partial record RunReport
{
    /// <summary>The version of lm-evaluation-harness whose layout this is. The part behind the plus says who wrote it.</summary>
    internal const string Layout = "0.4.13.dev0+evalharness";

    private const string None = "N/A";

    /// <summary>The engine.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ModelSource { get; init; }

    /// <summary>ORG/NAME where it is known, else the folder or file.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ModelName { get; init; }

    /// <summary>The name without what folders cannot be called.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ModelNameSanitized { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? LmEvalVersion { get; init; }

    /// <summary>
    /// The SHA-256 over the hashes of each task's samples, in lower-case hexadecimal; null where no samples are written in that layout.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? TaskHashes { get; init; }

    /// <summary>The most tokens of a prompt and its completion; null where it is not known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int? MaxLength { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int? EotTokenId { get; init; }

    /// <summary>The token and its id as text; null where nothing is known of the tokenizer.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string?>? TokenizerPadToken { get; init; }

    /// <inheritdoc cref="TokenizerPadToken"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string?>? TokenizerEosToken { get; init; }

    /// <inheritdoc cref="TokenizerPadToken"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string?>? TokenizerBosToken { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? SystemInstruction { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? SystemInstructionSha { get; init; }

    /// <summary>Whether shots were turns of a conversation.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public bool? FewshotAsMultiturn { get; init; }

    /// <summary>The template that prompts were written in; null where none was, or a server has it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? ChatTemplate { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? ChatTemplateSha { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TransformersVersion { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PrettyEnvInfo { get; init; }

    /// <summary>Commit of a repository around the folder's own; none is looked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? UpperGitHash { get; init; }

    private RunReport WithModel(Manifest manifest)
    {
        RunOptions options = manifest.Options;
        ModelDetails? details = manifest.Model.Details;
        var model = ModelReference.Of(manifest);
        string? template = options.ApplyChatTemplate ? details?.ChatTemplate : null;
        // Of a model that is not in this program, the tokenizer is not known either.
        bool hasTokenizer = details?.EndOfText is not null;
        return this with
        {
            ModelSource = manifest.Model.Engine,
            ModelName = model.Name,
            ModelNameSanitized = model.Sanitized,
            LmEvalVersion = Layout,
            MaxLength = details?.MaxLength,
            EotTokenId = details?.EndOfText?.Id,
            TokenizerPadToken = hasTokenizer ? Pair(details?.Padding) : null,
            TokenizerEosToken = hasTokenizer ? Pair(details?.EndOfText) : null,
            TokenizerBosToken = hasTokenizer ? Pair(details?.BeginOfText) : null,
            SystemInstruction = options.SystemInstruction,
            SystemInstructionSha = Hash(options.SystemInstruction),
            FewshotAsMultiturn = options.ApplyChatTemplate && options.FewShotAsMultiturn != false,
            ChatTemplate = template,
            ChatTemplateSha = Hash(template),
            TransformersVersion = None,
            PrettyEnvInfo = None,
        };
    }

    /// <summary>As Python writes a token that there is not: null, and the text None.</summary>
    private static string?[] Pair(SpecialToken? token) => [token?.Text, token is null ? "None" : $"{token.Id}"];

    private static string? Hash(string? text) =>
        string.IsNullOrEmpty(text) ? null : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
