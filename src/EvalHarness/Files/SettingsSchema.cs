using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;

namespace EvalHarness.Files;

/// <summary>
/// Makes the JSON Schema of a settings file from the record that the file is read into. Editors use it for completion, and it always
/// agrees with what the reader accepts.
/// </summary>
public static class SettingsSchema
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
        if (attributes?.IsDefined(typeof(NumberOrWordAttribute), inherit: false) == true)
            node["type"] = new JsonArray("integer", "string");
        if (context.PropertyInfo?.Limits() is { } limits)
        {
            node["minimum"] = limits.Low;
            if (limits.High < double.MaxValue)
                node["maximum"] = limits.High;
        }

        return node;
    }

    /// <summary>The limits that a <see cref="RangeAttribute"/> sets; null if the property has none.</summary>
    internal static SettingsLimits? Limits(this JsonPropertyInfo property) =>
        property.AttributeProvider is MemberInfo member && member.GetCustomAttribute<RangeAttribute>() is { } range
            ? new SettingsLimits(Number(range.Minimum), Number(range.Maximum))
            : null;

    private static double Number(object limit) => limit is int whole ? whole : (double)limit;
}

/// <summary>The smallest and the largest allowed value of a number. <see cref="double.MaxValue"/> means no upper limit.</summary>
internal readonly record struct SettingsLimits(double Low, double High)
{
    public override string ToString() => High == double.MaxValue
        ? string.Create(CultureInfo.InvariantCulture, $"{Low} or more")
        : string.Create(CultureInfo.InvariantCulture, $"{Low} to {High}");
}

/// <summary>Marks a text property whose value may also be written as a whole number.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NumberOrWordAttribute : Attribute;
