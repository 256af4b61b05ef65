using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace EvalHarness.Files;

/// <summary>
/// Reads YAML files whose keys are the properties of a record, such as plans, rules and registries. An unknown key, a missing key or a
/// wrong value is an error that names file, line and column. YamlDotNet's own deserializer is not used, because it gives no position
/// for a missing key, and for an unknown key it names only the .NET type.
/// </summary>
internal static class SettingsFile
{
    /// <summary>Keys and enumeration values are in snake_case.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <exception cref="EvalException">
    /// <paramref name="exitCode"/>: the file is missing, or does not fit <typeparamref name="T"/>.
    /// </exception>
    public static T Read<T>(string path, ExitCode exitCode)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EvalException(exitCode, $"{path}: cannot be read: {e.Message}", e);
        }

        return Parse<T>(text, path, exitCode);
    }

    /// <param name="text">The YAML text, of which the first document is read.</param>
    /// <param name="source">The file name to show in error messages.</param>
    /// <param name="exitCode">The exit code of the exception.</param>
    /// <exception cref="EvalException">
    /// <paramref name="exitCode"/>: the text is not YAML, or does not fit <typeparamref name="T"/>.
    /// </exception>
    public static T Parse<T>(string text, string source, ExitCode exitCode)
    {
        try
        {
            YamlNesting.Check(text);
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            if (yaml.Documents is not [var document, ..])
                throw new EvalException(exitCode, $"{source}: is empty; expected a map of keys");
            return new Reader(source, exitCode).Read(document.RootNode, Json.GetTypeInfo(typeof(T))).Deserialize<T>(Json)!;
        }
        catch (YamlException e)
        {
            throw new EvalException(exitCode, $"{source}:{e.Start.Line}:{e.Start.Column}: no YAML: {e.Message}", e);
        }
    }

    private sealed class Reader(string source, ExitCode exitCode)
    {
        internal JsonNode Read(YamlNode node, JsonTypeInfo type) => (type.Kind, node) switch
        {
            (JsonTypeInfoKind.Object, YamlMappingNode map) => Object(map, type),
            (JsonTypeInfoKind.Enumerable, YamlSequenceNode list) => new JsonArray([.. list.Select(item => Element(item, type))]),
            (JsonTypeInfoKind.Dictionary, YamlMappingNode map) =>
                new JsonObject(map.Select(m => KeyValuePair.Create(Key(m.Key), (JsonNode?)Element(m.Value, type)))),
            (JsonTypeInfoKind.None, YamlScalarNode scalar) => Scalar(scalar, Nullable.GetUnderlyingType(type.Type) ?? type.Type),
            _ => throw Error(node, $"expected {Expected(type)}, found {OptionNode.Found(node)}"),
        };

        private JsonNode Element(YamlNode node, JsonTypeInfo collection) => Read(node, Json.GetTypeInfo(collection.ElementType!));

        private JsonObject Object(YamlMappingNode map, JsonTypeInfo type)
        {
            var result = new JsonObject();
            JsonPropertyInfo? others = type.OptionsProperty();
            JsonPropertyInfo[] own = [.. type.Properties.Where(p => p != others)];
            IReadOnlyList<DeclaredOption> options = others?.Options() ?? [];
            var given = new JsonObject();
            foreach ((YamlNode keyNode, YamlNode value) in map)
            {
                string key = Key(keyNode);
                if (options.FirstOrDefault(o => o.Key == key) is { } option)
                {
                    IReadOnlyList<string> texts = OptionNode.Texts(option, keyNode, value, Error);
                    given[option.Name] = new JsonArray([.. texts.Select(text => (JsonNode?)text)]);
                    continue;
                }

                JsonPropertyInfo property = own.FirstOrDefault(p => p.Name == key)
                    ?? throw Error(keyNode, $"{NoKey(key, others)}; known are {string.Join(", ", Keys(type))}");
                JsonTypeInfo expected = Json.GetTypeInfo(property.PropertyType);
                if (OptionNode.IsNull(value))
                    throw Error(keyNode, $"{key} has no value; expected {Expected(expected)}, or leave the key out");
                JsonNode read = Read(value, expected);
                if (property.Limits() is { } limits
                    && double.Parse(read.ToString(), CultureInfo.InvariantCulture) is var number
                    && (number < limits.Low || number > limits.High))
                    throw Error(value, $"{key}: {read}: expected {limits}");
                result[key] = read;
            }

            if (own.FirstOrDefault(p => p.IsRequired && !result.ContainsKey(p.Name)) is { } missing)
                throw Error(map, $"{missing.Name} is missing here; expected {Expected(Json.GetTypeInfo(missing.PropertyType))}");
            if (others is not null)
                result[others.Name] = given;
            return result;
        }

        private static string NoKey(string key, JsonPropertyInfo? others) =>
            others?.OptionsOfOneRun().FirstOrDefault(o => o.Key == key) is { } option
                ? $"{key} is for single runs, as {option.Name} of 'run', and no key here"
                : $"there is no key {key} here";

        private JsonValue Scalar(YamlScalarNode node, Type type)
        {
            string text = node.Value ?? "";
            if (type == typeof(string))
                return JsonValue.Create(text);
            if (type == typeof(bool) && text is "true" or "false")
                return JsonValue.Create(text == "true");
            if ((type == typeof(int) || type == typeof(long))
                && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole)
                && (type == typeof(long) || whole is >= int.MinValue and <= int.MaxValue))
                return JsonValue.Create(whole);
            if (type == typeof(double)
                && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
                && double.IsFinite(number))
                return JsonValue.Create(number);
            if (type == typeof(PrintedNumber) && PrintedNumber.Parse(text) is not null)
                return JsonValue.Create(text);
            if (type == typeof(DateOnly)
                && DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
                return JsonValue.Create(text);
            if (type.IsEnum && Words(type).Contains(text))
                return JsonValue.Create(text);
            throw Error(node, $"expected {Expected(Json.GetTypeInfo(type))}, found {text}");
        }

        private string Key(YamlNode node) => node is YamlScalarNode { Value: { } text } ? text : throw Error(node, "a key must be a word");

        private EvalException Error(YamlNode node, string message) =>
            new(exitCode, $"{source}:{node.Start.Line}:{node.Start.Column}: {message}");
    }

    private static string[] Keys(JsonTypeInfo type) => type.OptionsProperty() is { } others
        ? [.. type.Properties.Where(p => p != others).Select(p => p.Name), .. others.Options().Select(o => o.Key)]
        : [.. type.Properties.Select(p => p.Name)];

    private static string Expected(JsonTypeInfo type)
    {
        Type plain = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
        return type.Kind switch
        {
            JsonTypeInfoKind.Object => $"a map with {string.Join(", ", Keys(type))}",
            JsonTypeInfoKind.Enumerable => "a list",
            JsonTypeInfoKind.Dictionary => "a map of keys",
            _ when plain == typeof(bool) => "true or false",
            _ when plain == typeof(int) || plain == typeof(long) => "a whole number",
            _ when plain == typeof(double) => "a number",
            _ when plain == typeof(PrintedNumber) => PrintedNumber.Expected,
            _ when plain == typeof(DateOnly) => "a date such as 2026-05-12",
            _ when plain.IsEnum => string.Join(" or ", Words(plain)),
            _ => "text",
        };
    }

    private static IEnumerable<string> Words(Type type) => Enum.GetNames(type).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName);
}
