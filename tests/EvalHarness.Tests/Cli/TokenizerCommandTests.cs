using System.Text.Json.Nodes;

namespace EvalHarness.Tests.Cli;

/// <summary><c>evalharness tokenizer</c> needs a tokenizer's files and nothing else.</summary>
public sealed class TokenizerCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TokenizerCommandTests()
    {
        _folder.Write("tokenizer.json", """
            {"added_tokens": [{"id": 9, "content": "<s>", "single_word": false, "lstrip": false,
               "rstrip": false, "normalized": false, "special": true}],
             "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}, "decoder": {"type": "ByteLevel"},
             "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
               {"Sequence": {"id": "A", "type_id": 0}}], "pair": [],
               "special_tokens": {"<s>": {"id": "<s>", "ids": [4], "tokens": ["<s>"]}}},
             "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "\u0120": 2, "ab": 3, "<s>": 4}, "merges": ["a b"]}}
            """);
        _folder.Write("tokenizer_config.json", """{"bos_token": "<s>"}""");
        _folder.Write("chat_template.jinja", """
            {{ bos_token }}
            {%- for m in messages %}
            {%- if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}[{{ m.role }}]{{ m.content }}
            {%- endfor %}
            {%- if add_generation_prompt %}[assistant]{% endif %}
            {%- if enable_thinking is defined %}think={{ enable_thinking }}{% endif %}
            {%- if today %}{{ strftime_now('%d %B %Y') }}{% endif %}
            """);
    }

    public void Dispose() => _folder.Dispose();

    private async Task<string[]> LinesAsync(string verb, string input, params string[] more)
    {
        _folder.Write("lines.jsonl", input);
        CommandLineResult result = await CommandLine.SucceedAsync(
            ["tokenizer", verb, "--model", _folder.Path, "--file", _folder["lines.jsonl"], .. more]);
        Assert.Equal("", result.Error);
        return result.Output.TrimEnd('\n').Split('\n');
    }

    [Fact]
    public async Task Encode_Lines_AreAnsweredInTheirOrder()
    {
        const string input = """
            {"text": "ab a", "id": 7}
            {"txt": "a"}
            not json
            {"text": ""}
            {"text": "a<s>b"}
            {"text": "\ud800"}
            """;
        string[] lines = await LinesAsync("encode", input, "--json");
        Assert.Equal("""{"ids":[3,2,0]}""", lines[0]);
        Assert.Equal("""{"error":"the line has no \"text\""}""", lines[1]);
        Assert.StartsWith("{\"error\":\"expected a JSON object", lines[2], StringComparison.Ordinal);
        Assert.Equal(["""{"ids":[]}""", """{"ids":[0,4,1]}"""], lines[3..5]);
        Assert.StartsWith("{\"error\":", lines[5], StringComparison.Ordinal);
        Assert.Equal("""{"ids":[4,3,2,0]}""", (await LinesAsync("encode", input, "--json", "--special"))[0]);
    }

    [Fact]
    public async Task Encode_ForPeople_ShowsPieces()
    {
        CommandLineResult result = await CommandLine.SucceedAsync("tokenizer", "encode", "--model", _folder.Path, "ab a");
        Assert.Equal("3 tokens: 3:\"ab\" 2:\" \" 0:\"a\"\n", result.Output);
    }

    [Fact]
    public async Task Decode_SpecialTokens_AreLeftOutUnlessAskedFor()
    {
        const string input = "{\"ids\": [4, 3, 2, 0]}\n{\"text\": \"a\"}\n{\"ids\": [3, 99999]}\n{\"ids\": [3, -1]}\n";
        string[] expected =
        [
            """{"text":"ab a"}""", """{"error":"the line has no \"ids\""}""", """{"text":"ab"}""",
            """{"error":"-1 is no id; expected 0 or more"}""",
        ];
        Assert.Equal(
            expected,
            await LinesAsync("decode", input, "--json"));
        Assert.Equal("""{"text":"<s>ab a"}""", (await LinesAsync("decode", input, "--json", "--special"))[0]);
        CommandLineResult one = await CommandLine.SucceedAsync("tokenizer", "decode", "--model", _folder.Path, "3", "2", "0");
        Assert.Equal("ab a\n", one.Output);
    }

    [Fact]
    public async Task Template_NeedsNoTokenizer_AndDropsNothing()
    {
        File.Delete(_folder["tokenizer.json"]);
        const string input = """
            {"messages": [{"role": "user", "content": "q"}]}
            {"messages": [{"role": "user", "content": "q"}], "add_generation_prompt": false}
            {"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}]}
            {"messages": "q"}
            {"messages": [{"role": "user", "content": "x", "content": "y"}]}
            {"messages": [{"role": "user", "content": "\ud800"}]}
            {"messages": [{"role": "user", "content": "q"}], "add_generation_prompt": "yes"}
            """;
        string[] lines = await LinesAsync("template", input, "--json");
        Assert.Equal(["""{"text":"<s>[user]q[assistant]"}""", """{"text":"<s>[user]q"}"""], lines[..2]);
        Assert.Contains("no system", JsonNode.Parse(lines[2])!["error"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("""{"error":"the line has no list \"messages\""}""", lines[3]);
        // Of a key that is there twice, Python takes the last.
        Assert.Equal("""{"text":"<s>[user]y[assistant]"}""", lines[4]);
        Assert.Equal("""{"error":"a text has half of a surrogate pair, which is no character"}""", lines[5]);
        Assert.Equal("""{"error":"\"add_generation_prompt\" has a value of another kind than expected"}""", lines[6]);
    }

    /// <summary>As in transformers, a template of the name tool_use stands in for the default one where there are tools.</summary>
    [Theory]
    [InlineData("plain")]
    [InlineData("tools", "--chat-template-kwargs", """{"tools": [1]}""")]
    public async Task Template_OfSeveral_IsTheOneForToolsWhereThereAreSome(string expected, params string[] options)
    {
        File.Delete(_folder["chat_template.jinja"]);
        _folder.Write("tokenizer_config.json", """
            {"chat_template": [{"name": "default", "template": "plain"}, {"name": "tool_use", "template": "tools"}]}
            """);
        string[] lines = await LinesAsync("template", """{"messages": [{"role": "user", "content": "q"}]}""", ["--json", .. options]);
        Assert.Equal([$$"""{"text":"{{expected}}"}"""], lines);
    }

    [Theory]
    [InlineData("<s>[user]qthink=False", "--enable-thinking", "false")]
    [InlineData("<s>[user]qthink=True", "--chat-template-kwargs", """{"enable_thinking": true}""")]
    [InlineData("<s>[user]qthink=False", "--chat-template-kwargs", """{"enable_thinking": true}""", "--enable-thinking", "false")]
    [InlineData("<s>[user]q25 November 2026", "--chat-template-kwargs", """{"today": true}""", "--template-date", "2026-11-25")]
    public async Task Template_Variables_ReachIt(string expected, params string[] options)
    {
        string[] lines = await LinesAsync(
            "template", """{"messages": [{"role": "user", "content": "q"}], "add_generation_prompt": false}""", ["--json", .. options]);
        Assert.Equal([$$"""{"text":"{{expected}}"}"""], lines);
    }

    [Theory]
    [InlineData(ExitCode.Usage, "--template-date 25.11.2026: expected a day as YYYY-MM-DD", "template", "--template-date", "25.11.2026")]
    [InlineData(ExitCode.Usage, "expected a JSON object of variables", "template", "--chat-template-kwargs", "[1]")]
    [InlineData(ExitCode.Usage, "half of a surrogate pair", "template", "--chat-template-kwargs", """{"a": "\ud800"}""")]
    [InlineData(ExitCode.Usage, "messages is set by the run itself", "template", "--chat-template-kwargs", """{"messages": []}""")]
    [InlineData(ExitCode.Usage, "--file absent.jsonl:", "encode", "--file", "absent.jsonl")]
    [InlineData(ExitCode.Usage, "--file beside a text or ids", "encode", "a", "--file", "absent.jsonl")]
    public async Task Mistake_IsOneLine(ExitCode exitCode, string fragment, string verb, params string[] options)
    {
        CommandLineResult result = await CommandLine.RunAsync(["tokenizer", verb, "--model", _folder.Path, .. options]);
        Assert.Equal((int)exitCode, result.ExitCode);
        Assert.Contains(fragment, Assert.Single(result.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("encode", "has no tokenizer.json")]
    [InlineData("template", "has no chat template")]
    public async Task Folder_WithoutTheFile_IsAModelError(string verb, string fragment)
    {
        using var empty = new TemporaryFolder();
        CommandLineResult result = await CommandLine.RunAsync("tokenizer", verb, "--model", empty.Path);
        Assert.Equal((int)ExitCode.Model, result.ExitCode);
        Assert.Contains(fragment, Assert.Single(result.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }
}
