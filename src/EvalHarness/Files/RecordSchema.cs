using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;

namespace EvalHarness.Files;

/// <summary>
/// Makes the JSON Schema of a file that this program writes for others to read, from the record that it is written from. A key that the
/// record does not have is refused; one that can be null is left out where it is.
/// </summary>
internal static class RecordSchema
{
    private static readonly JsonSerializerOptions Json = new(ResultsJson.Indented) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };

    /// <returns>The text of the schema, with a line feed at its end.</returns>
    /// <remarks>Source: JSON Schema 2020-12. Descriptions come from the properties' attributes.</remarks>
    public static string Of<T>(string title)
    {
        var options = new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Describe };
        var schema = (JsonObject)Json.GetJsonSchemaAsNode(typeof(T), options);
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", title);
        return schema.ToJsonString(Json) + "\n";
    }

    private static JsonNode Describe(JsonSchemaExporterContext context, JsonNode schema)
    {
        if (schema is not JsonObject node)
            return schema;
        // Null is left out when the file is written.
        if (node["type"] is JsonArray types && types.Any(t => (string)t! == "null"))
            node["type"] = types.Select(t => (string)t!).First(t => t != "null");
        node.Remove("default");
        if (context.TypeInfo.Kind == JsonTypeInfoKind.Object && node["properties"] is not null)
            node["additionalProperties"] = false;
        if (context.PropertyInfo?.AttributeProvider?.GetCustomAttributes(typeof(DescriptionAttribute), inherit: false)
            is [DescriptionAttribute description, ..])
            node.Insert(0, "description", description.Description);
        return node;
    }
}
