using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EvalHarness.OpenAI.Transport;

namespace EvalHarness.OpenAI.Api;

/// <summary>Finds out which field of a request a server does not take.</summary>
internal static partial class FieldRefusal
{
    private static readonly string[] Always = ["model", "prompt", "messages"];

    /// <returns>The name of the field; null where the server refuses the request for something else, such as its length.</returns>
    /// <param name="refusal">What the server said.</param>
    /// <param name="body">What it was sent.</param>
    /// <remarks>
    /// Source: OpenAI says "Unsupported parameter: 'max_tokens' ..." (code unsupported_parameter, and the name in param) or "Unrecognized
    /// request argument supplied: top_k"; servers on pydantic say "Extra inputs are not permitted".
    /// </remarks>
    internal static string? In(EndpointException refusal, JsonObject body)
    {
        if (refusal is not { Status: HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity, ServerError: { } error })
            return null;
        bool isOfField = error.Code is "unsupported_parameter" or "unsupported_value" or "unknown_parameter"
            || Words().IsMatch(error.Message);
        if (!isOfField)
            return null;
        string[] fields = [.. body.Select(f => f.Key).Except(Always)];
        return fields.FirstOrDefault(f => f == error.Parameter)
            ?? fields.FirstOrDefault(f => Regex.IsMatch(error.Message, $@"(?<![A-Za-z_]){Regex.Escape(f)}(?![A-Za-z_])"));
    }

    /// <summary>Whether a server refuses a request for the JSON schema in it.</summary>
    /// <remarks>
    /// Source: OpenAI says "Invalid schema for response_format ..." (response_format in param), and "Invalid parameter: 'response_format'
    /// of type 'json_schema' is not supported with this model"; vLLM and SGLang name the grammar or the schema that they cannot compile,
    /// and llama.cpp says "JSON schema conversion failed".
    /// </remarks>
    internal static bool IsOfSchema(EndpointException refusal) =>
        refusal is { Status: HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity, ServerError: { } error }
        && (error.Parameter?.StartsWith("response_format", StringComparison.Ordinal) == true || WordsOfSchema().IsMatch(error.Message));

    [GeneratedRegex("response_format|schema|grammar|guided|structured|xgrammar|outlines", RegexOptions.IgnoreCase)]
    private static partial Regex WordsOfSchema();

    [GeneratedRegex("unsupported|not supported|not support|unrecognized|unknown|unexpected|not permitted|not allowed",
        RegexOptions.IgnoreCase)]
    private static partial Regex Words();
}
