using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;

namespace EvalHarness.Files;

/// <summary>JSON Schema of a settings file, from the record that reads it, so that editors complete it and both know the same.</summary>
public static class SettingsSchema
{
    /// <remarks>Source: JSON Schema 2020-12. Descriptions and limits come from the properties' attributes.</remarks>
    public static JsonObject Of<T>(string title)
    {
        var schema = (JsonObject)SettingsFile.Json.GetJsonSchemaAsNode(typeof(T), new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Describe });
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", title);
        return schema;
    }

    private static JsonNode Describe(JsonSchemaExporterContext context, JsonNode schema)
    {
        if (schema is not JsonObject node)
            return schema;
        // A key without a value is a mistake, so null is none of the types.
        if (node["type"] is JsonArray types)
            node["type"] = types.Select(t => (string)t!).First(t => t != "null");
        (node["enum"] as JsonArray)?.RemoveAll(v => v is null);
        node.Remove("default");
        if (context.PropertyInfo?.AttributeProvider?.GetCustomAttributes(typeof(DescriptionAttribute), inherit: false) is [DescriptionAttribute description, ..])
            node["description"] = description.Description;
        if (context.PropertyInfo?.AttributeProvider?.IsDefined(typeof(NumberOrWordAttribute), inherit: false) == true)
            node["type"] = new JsonArray("integer", "string");
        if (context.PropertyInfo?.Limits() is { } limits)
        {
            node["minimum"] = limits.Low;
            if (limits.High < double.MaxValue)
                node["maximum"] = limits.High;
        }

        return node;
    }

    /// <summary>From <see cref="RangeAttribute"/>.</summary>
    internal static SettingsLimits? Limits(this JsonPropertyInfo property) => property.AttributeProvider is MemberInfo member && member.GetCustomAttribute<RangeAttribute>() is { } range
        ? new SettingsLimits(Number(range.Minimum), Number(range.Maximum))
        : null;

    private static double Number(object limit) => limit is int whole ? whole : (double)limit;

    /// <summary>The schema as indented JSON, see <see cref="Of"/>.</summary>
    public static string TextOf<T>(string title) => Of<T>(title).ToJsonString(ResultsJson.Indented);
}

/// <summary>Of a number, both ends included; the largest double for no upper end.</summary>
internal readonly record struct SettingsLimits(double Low, double High)
{
    public override string ToString() => High == double.MaxValue
        ? string.Create(CultureInfo.InvariantCulture, $"{Low} or more")
        : string.Create(CultureInfo.InvariantCulture, $"{Low} to {High}");
}

/// <summary>A text that may be written as a number.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NumberOrWordAttribute : Attribute;
