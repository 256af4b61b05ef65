using System.Globalization;
using System.Numerics;
using System.Text.Json;
using EvalHarness.Pythonic;
using EvalHarness.Templates;

namespace EvalHarness.Tests.Templates;

/// <summary>The template engine against cases that Jinja itself rendered (jinja-cases.json, float-repr-cases.json).</summary>
public sealed class TemplateTests
{
    private static readonly JsonElement Cases = JsonSerializer.Deserialize<JsonElement>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Templates", "jinja-cases.json")));

    private static readonly IReadOnlyDictionary<string, object?> Document =
        (IReadOnlyDictionary<string, object?>)Plain(Cases.GetProperty("document"))!;

    internal static object? Plain(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => json.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Null => null,
        JsonValueKind.Number => json.GetRawText().AsSpan().IndexOfAny(".eE") < 0
            ? PythonInteger.Of(BigInteger.Parse(json.GetRawText(), CultureInfo.InvariantCulture))
            : json.GetDouble(),
        JsonValueKind.Array => json.EnumerateArray().Select(Plain).ToList(),
        _ => new OrderedDictionary<string, object?>(json.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, Plain(p.Value)))),
    };

    public static IEnumerable<object[]> Rendered =>
        Cases.GetProperty("cases")
            .EnumerateArray()
            .Select(c => new object[] { c.GetProperty("template").GetString()!, c.GetProperty("output").GetString()! });

    public static IEnumerable<object[]> Refused =>
        Cases.GetProperty("errors").EnumerateArray().Select(c => new object[] { c.GetString()! });

    [Theory]
    [MemberData(nameof(Rendered))]
    public void Render_AsJinja(string template, string expected) => Assert.Equal(expected, Template.Parse(template).Render(Document));

    /// <summary>The expected texts are Python's.</summary>
    [Theory]
    [InlineData("{{ range(9223372036854775800, 9223372036854775807, 100) | length }}", "1")]
    [InlineData("{{ range(-9223372036854775807, 9223372036854775807, 9223372036854775807) | list }}", "[-9223372036854775807, 0]")]
    [InlineData("{{ range(5, 0, -2) | list }}{{ range(0) | list }}", "[5, 3, 1][]")]
    [InlineData("{{ '-5'.zfill(4) }}{{ '5'.zfill(1) }}", "-0055")]
    public void Render_LargeNumbers_AsPython(string template, string expected) =>
        Assert.Equal(expected, Template.Parse(template).Render(Document));

    [Theory]
    [InlineData("{{ range(4294967297) | length }}", "a range of 4294967297 numbers; expected 10000000 or fewer")]
    [InlineData("{{ 'a'.zfill(4294967297) }}", "str.zfill to 4294967297 characters; expected 10000000 or fewer")]
    public void Render_TooLargeOrNotSupported_SaysSo(string template, string message) => Assert.Contains(
        message,
        Assert.Throws<TemplateException>(() => Template.Parse(template).Render(Document)).Message,
        StringComparison.Ordinal);

    /// <summary>Three thousand templates that a program has drawn at random, all of which Jinja accepts.</summary>
    [Fact]
    public void Render_DrawnTemplates_AsJinja()
    {
        JsonElement cases = JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(
            Path.Combine(AppContext.BaseDirectory, "Templates", "jinja-drawn-cases.json"))).GetProperty("cases");
        var wrong = new List<string>();
        foreach (JsonElement c in cases.EnumerateArray())
        {
            string template = c.GetProperty("template").GetString()!, expected = c.GetProperty("output").GetString()!, actual;
            try
            {
                actual = Template.Parse(template).Render(Document);
            }
            catch (TemplateException e)
            {
                actual = e.Message;
            }

            if (actual != expected)
                wrong.Add($"{template}\n   there: {expected}\n   here:  {actual}");
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {cases.GetArrayLength()}:\n{string.Join('\n', wrong.Take(15))}");
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Render_WhatJinjaRefuses_Throws(string template) =>
        Assert.Throws<TemplateException>(() => Template.Parse(template).Render(Document));

    [Fact]
    public void Render_UndefinedName_SaysWhereAndWhatThereIs()
    {
        TemplateException e = Assert.Throws<TemplateException>(() => Template.Parse("Q: {{question}}\n{{ answr }}").Render(Document));
        Assert.Equal((2, 4), (e.Line, e.Column));
        Assert.Contains("'answr' is not defined; defined are question, choices", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Variables_LocalsAndDefaults_AreLeftOut()
    {
        var template = Template.Parse(
            "{% set x = a %}{% for c in choices if c != b %}{{ c }}{{ x }}{{ loop.index }}{% endfor %}" +
                "{{ m | default('') }}{{ n is defined }}{{ d.e[f] }}");
        Assert.Equal(["a", "b", "choices", "d", "f"], template.Variables.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Float_AsPythonRepr()
    {
        JsonElement cases = JsonSerializer.Deserialize<JsonElement>(
            File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Templates", "float-repr-cases.json")));
        Assert.All(cases.GetProperty("values").EnumerateArray(), c => Assert.Equal(c[1].GetString(), Python.Float(c[0].GetDouble())));
    }
}
