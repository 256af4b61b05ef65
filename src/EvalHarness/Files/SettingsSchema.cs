using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;

namespace EvalHarness.Files;

/// <summary>
/// Makes the JSON Schema of a settings file from the record that the file is read into. Editors use it for completion, and it always
/// agrees with what the reader accepts.
/// </summary>
internal static class SettingsSchema
{
    /// <remarks>Source: JSON Schema 2020-12. Descriptions and limits come from the properties' attributes.</remarks>
    public static JsonObject Of<T>(string title)
    {
        var options = new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Describe };
        var schema = (JsonObject)SettingsFile.Json.GetJsonSchemaAsNode(typeof(T), options);
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", title);
        return schema;
    }

    private static JsonNode Describe(JsonSchemaExporterContext context, JsonNode schema)
    {
        if (schema is not JsonObject node)
            return schema;
        // SettingsFile rejects a key without a value, so the schema does not allow null either.
        if (node["type"] is JsonArray types)
            node["type"] = types.Select(t => (string)t!).First(t => t != "null");
        (node["enum"] as JsonArray)?.RemoveAll(v => v is null);
        node.Remove("default");
        ICustomAttributeProvider? attributes = context.PropertyInfo?.AttributeProvider;
        if (attributes?.GetCustomAttributes(typeof(DescriptionAttribute), inherit: false) is [DescriptionAttribute description, ..])
            node["description"] = description.Description;
        if (context.PropertyInfo?.Limits() is { } limits)
        {
            node["minimum"] = limits.Low;
            if (limits.HasUpper)
                node["maximum"] = limits.High;
        }

        if (context.PropertyInfo is null || context.TypeInfo.Kind == JsonTypeInfoKind.Object)
            AddOptions(node, context.TypeInfo);
        return node;
    }

    /// <summary>Options of another record stand as keys beside the record's own.</summary>
    private static void AddOptions(JsonObject node, JsonTypeInfo type)
    {
        if (type.OptionsProperty() is not { } property || node["properties"] is not JsonObject properties)
            return;
        properties.Remove(property.Name);
        foreach (DeclaredOption option in property.Options())
            properties[option.Key] = Of(option);
    }

    private static JsonObject Of(DeclaredOption option)
    {
        string type = option.IsList ? "array" : option.IsTruth ? "boolean" : option.IsNumber ? "integer" : "string";
        var schema = new JsonObject { ["type"] = type };
        if (option.IsList)
            schema["items"] = new JsonObject { ["type"] = "string" };
        if (option.IsAmount)
        {
            schema.Remove("type");
            schema["anyOf"] = new JsonArray(
                new JsonObject { ["type"] = "integer", ["minimum"] = 1 },
                new JsonObject { ["type"] = "number", ["exclusiveMinimum"] = 0, ["exclusiveMaximum"] = 1 });
        }

        if (option.Forms.Count > 0)
            schema["type"] = new JsonArray([.. option.Forms.Append("string").Select(form => (JsonNode?)form)]);
        if (option.NullWord is not null)
            schema["type"] = new JsonArray("integer", "string");
        if (option.Words is { } words)
            schema["enum"] = new JsonArray([.. words.Select(w => (JsonNode?)w)]);
        schema["description"] = option.Help;
        if (option.Limits is { } limits)
        {
            schema["minimum"] = limits.Low;
            if (limits.HasUpper)
                schema["maximum"] = limits.High;
        }

        return schema;
    }

    /// <summary>The property that holds another record's options; null where a record has none.</summary>
    internal static JsonPropertyInfo? OptionsProperty(this JsonTypeInfo type) => type.Kind == JsonTypeInfoKind.Object
        ? type.Properties.FirstOrDefault(p => p.AttributeProvider?.IsDefined(typeof(OptionsOfAttribute), inherit: false) == true)
        : null;

    internal static IReadOnlyList<DeclaredOption> Options(this JsonPropertyInfo property) => Declaration(property)?.Options ?? [];

    /// <summary>See <see cref="OptionsOfAttribute.OfOneRun"/>.</summary>
    internal static IReadOnlyList<DeclaredOption> OptionsOfOneRun(this JsonPropertyInfo property) => Declaration(property)?.OfOneRun ?? [];

    private static OptionsOfAttribute? Declaration(JsonPropertyInfo property) =>
        (property.AttributeProvider as MemberInfo)?.GetCustomAttribute<OptionsOfAttribute>();

    /// <summary>The schema as indented JSON, see <see cref="Of"/>.</summary>
    public static string TextOf<T>(string title) => Of<T>(title).ToJsonString(ResultsJson.Indented);

    /// <summary>The limits that a <see cref="RangeAttribute"/> sets; null if the property has none.</summary>
    internal static SettingsLimits? Limits(this JsonPropertyInfo property) =>
        property.AttributeProvider is MemberInfo member && member.GetCustomAttribute<RangeAttribute>() is { } range
            ? SettingsLimits.Of(range)
            : null;
}
