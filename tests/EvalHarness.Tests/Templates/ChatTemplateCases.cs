using System.Text.Json;
using EvalHarness.Pythonic;
using EvalHarness.Templates;

namespace EvalHarness.Tests.Templates;

/// <summary>
/// Chat templates against what Jinja itself rendered (chat-cases.json, chat-drawn-cases.json, made by make_chat_cases.py), and templates
/// that would not come to an end.
/// </summary>
public sealed class ChatTemplateCases
{
    private static readonly JsonElement Written = Read("chat-cases.json");

    private static readonly IReadOnlyDictionary<string, object?> Variables =
        (IReadOnlyDictionary<string, object?>)TemplateTests.Plain(Written.GetProperty("variables"))!;

    private static JsonElement Read(string file) =>
        JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Templates", file)));

    private static string Render(string template)
    {
        DateTime now = Written.GetProperty("now").GetDateTime();
        var globals = new Dictionary<string, object?>
        {
            ["strftime_now"] = new Function("strftime_now", a => PythonDate.Format(now, (string)a.Positional[0]!)),
        };
        return Template.Parse(template, TemplateOptions.Chat).Render(Variables, globals);
    }

    [Theory]
    [InlineData("chat-cases.json")]
    [InlineData("chat-drawn-cases.json")]
    public void Render_AsJinja(string file)
    {
        JsonElement cases = Read(file).GetProperty("cases");
        var wrong = new List<string>();
        foreach (JsonElement c in cases.EnumerateArray())
        {
            string template = c.GetProperty("template").GetString()!, error = "";
            string? expected = c.GetProperty("output").GetString(), actual = null;
            try
            {
                actual = Render(template);
            }
            catch (TemplateException e)
            {
                error = e.Message;
            }

            if (actual != expected)
                wrong.Add($"{template}\n   there: {expected ?? "an error"}\n   here:  {actual ?? error}");
        }

        Assert.True(cases.GetArrayLength() > 50);
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {cases.GetArrayLength()}:\n{string.Join('\n', wrong.Take(15))}");
    }

    public static TheoryData<string, string> Hostile => new()
    {
        { "{% for x in range(100001) %}{% endfor %}", "a range of 100001 numbers; expected 100000 or fewer" },
        { "{{ " + new string('[', 100_000) + new string(']', 100_000) + " }}", "are nested" },
        { "{{ " + string.Concat(Enumerable.Repeat("not ", 100_000)) + "1 }}", "are nested" },
        { "{{ " + string.Concat(Enumerable.Repeat("-", 100_000)) + "1 }}", "are nested" },
        { string.Concat(Enumerable.Repeat("{% if 1 %}", 100_000)), "are nested" },
        { "{{ 1" + string.Concat(Enumerable.Repeat(" + 1", 200_000)) + " }}", "nested too deeply" },
        { "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "calls of macros are nested" },
        { "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}", "calls of macros are nested" },
        { "{% set ns = namespace(x='ab') %}{% for i in range(100) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}", "characters" },
        { "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}", "characters" },
        { "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | tojson }}", "JSON" },
        { "{% set ns = namespace(x=[]) %}{% for i in range(1000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}", "levels deep" },
        { "{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}", "levels deep" },
        { "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}", "steps" },
        { "{% set b = range(99999) | list %}{% for a in b %}{% set c = b | sort %}{% endfor %}", "steps" },
        { "{{ range(99999) | map('string') | map('list') | sum(start=[]) | length }}", "steps" },
        { "{% set ns = namespace(d={}) %}{% for i in range(99999) %}{% set ns.d = dict(ns.d, **{'k' ~ i: i}) %}{% endfor %}", "steps" },
        { "{% set b = range(99999) | list %}{% for i in b %}{% if -1 in b or b[::-1] == b %}{% endif %}{% endfor %}", "steps" },
        { "{{ 'a' * 1000000000000 }}", "a text of 1000000000000 characters" },
        { "{{ ('a' * 10000000) | replace('a', 'b' * 10000) }}", "characters" },
        { "{{ '%999999999d' % 1 }}{{ '{:999999999}'.format(1) }}", "a format asks for 999999999 characters" },
        { "{{ 'a' | indent(99999999) }}{{ 'a' | center(999999999) }}", "indent expects" },
        { "{{ [1] * 100000000000 }}", "items; expected" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Render_HostileTemplate_IsAnError(string template, string message) =>
        Assert.Contains(message, Assert.Throws<TemplateException>(() => Render(template)).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_IncludeOfAnotherFile_SaysSo() => Assert.Equal(
        "line 1, column 1: 'include' needs templates in other files; a chat template is one file",
        Assert.Throws<TemplateException>(() => Render("{% include 'a.jinja' %}")).Message);
}
