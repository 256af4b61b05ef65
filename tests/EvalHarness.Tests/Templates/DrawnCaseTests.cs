using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EvalHarness.Pythonic;
using EvalHarness.Templates;

namespace EvalHarness.Tests.Templates;

/// <summary>
/// Templates of tasks, formats, literals and the methods of strings against what Python and Jinja gave for drawn inputs (made by
/// make_task_cases.py). Where they raise an error, there must be one here too.
/// </summary>
public sealed class DrawnCaseTests
{
    private static JsonElement Read(string file) =>
        JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Templates", file)));

    /// <summary>Compares every case of a file, and lists the first that differ.</summary>
    private static void AssertSame(
        JsonElement cases, Func<JsonElement, string> input, Func<JsonElement, string?> expected, Func<JsonElement, string?> actual)
    {
        var wrong = new List<string>();
        foreach (JsonElement c in cases.EnumerateArray())
        {
            string? there = expected(c), here, error = null;
            try
            {
                here = actual(c);
            }
            catch (Exception e) when (e is TemplateException or PythonLimitException)
            {
                (here, error) = (null, e.Message);
            }

            if (here != there)
                wrong.Add($"{input(c)}\n   there: {there ?? "an error"}\n   here:  {here ?? error ?? "nothing"}");
        }

        Assert.True(cases.GetArrayLength() >= 1000);
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {cases.GetArrayLength()}:\n{string.Join('\n', wrong.Take(40))}");
    }

    [Fact]
    public void Render_DrawnTaskTemplates_AsJinja()
    {
        JsonElement file = Read("task-drawn-cases.json");
        var document = (IReadOnlyDictionary<string, object?>)TemplateTests.Plain(file.GetProperty("document"))!;
        AssertSame(
            file.GetProperty("cases"),
            c => c.GetProperty("template").GetString()!,
            c => c.GetProperty("output").GetString(),
            c => Template.Parse(c.GetProperty("template").GetString()!).Render(document));
    }

    private static object? Value(string repr) => repr switch
    {
        "inf" => double.PositiveInfinity,
        "-inf" => double.NegativeInfinity,
        "nan" => double.NaN,
        _ => PythonLiteral.TryParse(repr, out object? value) ? value : throw new ArgumentException(repr),
    };

    [Fact]
    public void Format_DrawnSpecifications_AsPython() => AssertSame(
        Read("format-cases.json").GetProperty("cases"),
        c => c.ToString(),
        c => c[3].GetString(),
        c => c[0].GetString() == "format"
            ? FormatSpecification.Format(Value(c[2].GetString()!), c[1].GetString()!)
            : PercentFormat.Apply(c[1].GetString()!, [Value(c[2].GetString()!)], null));

    [Fact]
    public void TryRead_DrawnLiterals_AsPython() => AssertSame(
        Read("literal-cases.json").GetProperty("cases"),
        c => c.ToString(),
        c => c[1].ValueKind switch { JsonValueKind.Null => "no literal", JsonValueKind.False => null, _ => c[1].GetString() },
        c => PythonLiteral.TryRead(c[0].GetString()!, out object? value) ? Python.Repr(value) : "no literal");

    private static string Called(string method, string text) =>
        Template.Parse($"{{{{ text.{method}() }}}}").Render(new Dictionary<string, object?> { ["text"] = text });

    [Fact]
    public void TextMethods_SomeTexts_AsPython()
    {
        foreach (JsonElement c in Read("text-cases.json").GetProperty("texts").EnumerateArray())
        {
            Assert.All(
                c[1].EnumerateObject(),
                m => Assert.Equal(
                    m.Value.ValueKind == JsonValueKind.String ? m.Value.GetString() : m.Value.GetBoolean() ? "True" : "False",
                    Called(m.Name, c[0].GetString()!)));
        }
    }

    /// <summary>Each character alone, after a letter and before a sigma.</summary>
    [Fact]
    public void TextMethods_AllCharacters_AsPython()
    {
        var wrong = new List<string>();
        string[] texts = [.. Enumerable.Range(0, 0x110000).Where(Rune.IsValid).Select(char.ConvertFromUtf32)
            .SelectMany(c => new[] { c, "a" + c, c + "Σ" })];
        var at = new Position(1, 1);
        var arguments = new CallArguments(
            [], new Dictionary<string, object?>(), new Evaluator(new Scope(), new Rendering(TemplateOptions.Task)), at);
        foreach (JsonProperty method in Read("text-cases.json").GetProperty("digests").EnumerateObject())
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (string text in texts)
                hash.AppendData(Encoding.UTF8.GetBytes(Python.Str(TextMethods.Call(text, method.Name, arguments))));
            if (Convert.ToHexStringLower(hash.GetHashAndReset()) != method.Value.GetString())
                wrong.Add(method.Name);
        }

        Assert.Empty(wrong);
    }
}
