using System.Text.Json;
using EvalHarness.Data.Tables;
using EvalHarness.Tokenizers;

namespace EvalHarness.Tests.Tokenizers;

/// <summary>Chat templates of model folders, in each of the forms in which transformers reads them.</summary>
public sealed class ChatTemplateTests
{
    private static readonly DateOnly Date = new(2026, 11, 25);

    private static OrderedDictionary<string, object?> Turn(string role, object? content) =>
        new() { ["role"] = role, ["content"] = content };

    private static string Render(ChatTemplate template, params object?[] messages) => template.Render(messages, true, null, Date);

    private static ChatTemplate? Load(Dictionary<string, string> files, string? name = null)
    {
        using var folder = new TemporaryFolder();
        foreach ((string file, string text) in files)
        {
            string path = Path.Combine(folder.Path, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }

        return ChatTemplate.Load(folder.Path, name);
    }

    private static ChatTemplate Of(string template, string config = "{}") =>
        Load(new() { ["chat_template.jinja"] = template, ["tokenizer_config.json"] = config })!;

    [Fact]
    public void Load_FolderWithoutTemplate_IsNull() => Assert.Null(Load(new() { ["tokenizer_config.json"] = "{\"chat_template\": null}" }));

    [Fact]
    public void Load_FileAndConfig_TakesTheFile() => Assert.Equal(
        "file", Render(Load(new() { ["chat_template.jinja"] = "file\n", ["tokenizer_config.json"] = "{\"chat_template\": \"config\"}" })!));

    [Fact]
    public void Load_Config_TakesTheText() =>
        Assert.Equal("config", Render(Load(new() { ["tokenizer_config.json"] = "{\"chat_template\": \"config\"}" })!));

    private const string Named =
        """{"chat_template": [{"name": "tool_use", "template": "tools"}, {"name": "default", "template": "plain"}]}""";

    [Theory]
    [InlineData(null, "plain")]
    [InlineData("default", "plain")]
    [InlineData("tool_use", "tools")]
    public void Load_ListOfTemplates_TakesTheNamed(string? name, string expected) =>
        Assert.Equal(expected, Render(Load(new() { ["tokenizer_config.json"] = Named }, name)!));

    [Fact]
    public void Load_AdditionalFile_TakesTheNamed() => Assert.Equal(
        "b", Render(Load(new() { ["chat_template.jinja"] = "a", ["additional_chat_templates/rag.jinja"] = "b" }, "rag")!));

    [Fact]
    public void Load_NameThatIsNotThere_SaysWhichThereAre()
    {
        EvalException e = Assert.Throws<EvalException>(() => Load(new() { ["tokenizer_config.json"] = Named }, "rag"));
        Assert.Equal(ExitCode.Model, e.ExitCode);
        Assert.Contains("has the chat templates tool_use, default; expected one of the name 'rag'", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("chat_template.jinja", "a\n{% if %}", "chat_template.jinja: line 2, column 7: found '%}', expected a value")]
    [InlineData("tokenizer_config.json", "{\"chat_template\": 5}", "chat_template is neither a text nor a list")]
    [InlineData("tokenizer_config.json", "{\"chat_template\": ", "tokenizer_config.json is no valid JSON")]
    public void Load_WrongFile_IsOneLine(string file, string text, string message)
    {
        EvalException e = Assert.Throws<EvalException>(() => Load(new() { [file] = text }));
        Assert.Equal(ExitCode.Model, e.ExitCode);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_SpecialTokens_AreVariables() => Assert.Equal(
        "<s>|</s>||<i>|['x', 'y']",
        Render(Of(
            "{{ bos_token }}|{{ eos_token }}|{{ pad_token }}|{{ image_token }}|{{ additional_special_tokens }}",
            """
            {"bos_token": "<s>", "eos_token": {"content": "</s>", "lstrip": false}, "pad_token": null, "add_bos_token": true,
             "extra_special_tokens": {"image_token": "<i>"}, "additional_special_tokens": ["x", {"content": "y"}]}
            """)));

    [Theory]
    [InlineData("{\"bos_token\": \"a\"}", "b")]
    [InlineData("{\"bos_token\": \"a\", \"added_tokens_decoder\": {}}", "a")]
    public void Render_SpecialTokensMap_CountsForOlderConfigs(string config, string expected) => Assert.Equal(expected, Render(Load(new()
    {
        ["chat_template.jinja"] = "{{ bos_token }}",
        ["tokenizer_config.json"] = config,
        ["special_tokens_map.json"] = "{\"bos_token\": {\"content\": \"b\"}}",
    })!));

    [Fact]
    public void Render_VariablesOfTransformers_AreThere() => Assert.Equal(
        "True True True False 25 Nov 2026",
        Of("{{ tools is none }} {{ documents is none }} {{ add_generation_prompt }} {{ enable_thinking }} {{ strftime_now('%d %b %Y') }}")
            .Render([], true, new Dictionary<string, object?> { ["enable_thinking"] = false }, Date));

    [Fact]
    public void Render_AnyKeyOfAMessage_Survives()
    {
        OrderedDictionary<string, object?> message = Turn("assistant", null);
        message["tool_calls"] = new List<object?> { new OrderedDictionary<string, object?> { ["name"] = "f" } };
        Assert.Equal("[{\"name\": \"f\"}]", Render(Of("{{ messages[0].tool_calls | tojson }}"), message));
    }

    [Fact]
    public void Render_RaiseException_IsARefusalInTheTemplatesWords() => Assert.Equal(
        "Roles must alternate!",
        Assert.Throws<ChatTemplateRefusal>(() => Render(Of("{{ raise_exception('Roles must alternate!') }}"))).Message);

    [Fact]
    public void Render_WhatCannotBeApplied_IsAnotherError() => Assert.Contains(
        "chat_template.jinja: line 1, column",
        Assert.Throws<ChatTemplateException>(() => Render(Of("{{ messages[0].content + 'x' }}"), Turn("user", null))).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}x", true)]
    [InlineData("{% for m in messages if m.role != 'system' %}{{ m.content }}{% endfor %}", false)]
    [InlineData("{% for m in messages %}{{ m.role }}{% endfor %}", false)]
    [InlineData("{{ raise_exception('never') }}", false)]
    [InlineData("{% if messages[0].role == 'system' %}{{ messages[0].nope.nope }}{% endif %}", false)]
    public void RefusesSystemRole_OnlyWhereTheTemplateRaises(string template, bool refuses) =>
        Assert.Equal(refuses, Of(template).RefusesSystemRole);

    /// <summary>47 templates of real models in 22 conversations, as transformers rendered them on 2026-11-25.</summary>
    [SharedFact]
    public void Render_RealTemplates_AsTransformers()
    {
        IReadOnlyDictionary<string, object?> Map(string file) =>
            (IReadOnlyDictionary<string, object?>)PlainJson.Parse(File.ReadAllText(Path.Combine(Shared.Folder, "templates", file)))!;
        IReadOnlyDictionary<string, object?> templates = Map("templates.json"), expected = Map("expected.json");
        string[] lines = File.ReadAllLines(Path.Combine(Shared.Folder, "templates", "conversations.jsonl"));
        List<IReadOnlyDictionary<string, object?>> conversations =
            [.. lines.Select(line => (IReadOnlyDictionary<string, object?>)PlainJson.Parse(line)!)];
        var wrong = new List<string>();
        int compared = 0;
        foreach ((string name, object? value) in templates)
        {
            var map = (IReadOnlyDictionary<string, object?>)value!;
            ChatTemplate template = Of((string)map["template"]!, JsonSerializer.Serialize(
                new Dictionary<string, object?> { ["bos_token"] = map["bos_token"], ["eos_token"] = map["eos_token"] }));
            foreach (IReadOnlyDictionary<string, object?> conversation in conversations)
            {
                var results = (IReadOnlyDictionary<string, object?>)expected[name]!;
                var result = (IReadOnlyDictionary<string, object?>)results[(string)conversation["id"]!]!;
                string? text = result.GetValueOrDefault("out") as string, actual;
                try
                {
                    actual = template.Render((IReadOnlyList<object?>)conversation["messages"]!, conversation["agp"] is true, null, Date);
                }
                catch (Exception e) when (e is ChatTemplateRefusal or ChatTemplateException)
                {
                    actual = null;
                }

                compared++;
                if (text != actual)
                    wrong.Add($"{name}, {conversation["id"]}");
            }
        }

        Assert.Equal(47 * 22, compared);
        Assert.Empty(wrong);
    }
}
