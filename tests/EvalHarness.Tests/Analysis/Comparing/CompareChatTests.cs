using System.Text.Json.Nodes;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Analysis.Comparing;

/// <summary>Runs that asked conversations are compared by their messages: each model writes them in a template of its own.</summary>
public sealed class CompareChatTests : IDisposable
{
    private const string Angles = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<assistant>";
    private const string Lines = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant: ";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string Tiny => Path.Combine(Shared.Repository, "src", "TinyModel", "models", "tiny-int4");

    private string Model(string name, string template)
    {
        foreach (string file in Directory.EnumerateFiles(Tiny))
        {
            Directory.CreateDirectory(_folder[name]);
            File.Copy(file, Path.Combine(_folder[name], Path.GetFileName(file)));
        }

        string path = Path.Combine(_folder[name], "tokenizer_config.json");
        JsonObject config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        config["chat_template"] = template;
        File.WriteAllText(path, config.ToJsonString());
        return _folder[name];
    }

    private async Task<string> RunAsync(string name, string template, string? task = null, params string[] more)
    {
        TinyData.Fill(_folder, task);
        await CommandLine.SucceedAsync(
        [
            "run", "--model", Model($"{name}-model", template), "--tasks", "tiny", "--include-path", _folder["tasks"],
            "--datasets", _folder["data"], "--output", _folder[name], "--quiet", "--limit", "3", "--gen-kwargs", "max_gen_toks=4", .. more,
        ]);
        return _folder[name];
    }

    private const string Choices = """
        task: tiny
        dataset_path: org/tiny
        dataset_name: main
        test_split: test
        output_type: multiple_choice
        doc_to_text: "Q: {{question}}\nA:"
        doc_to_target: label
        doc_to_choice: choices
        """;

    [Theory]
    [InlineData(null)]
    [InlineData(Choices)]
    public async Task SameMessages_InTwoTemplates_AreComparedAndSaid(string? task)
    {
        string left = await RunAsync("left", Angles, task, "--apply-chat-template");
        string right = await RunAsync("right", Lines, task, "--apply-chat-template");
        string output = (await CommandLine.SucceedAsync("compare", left, right)).Output;
        Assert.Contains("Compared by their messages: tiny. The runs asked the same conversations", output, StringComparison.Ordinal);
        string gate = (await CommandLine.SucceedAsync(
            "gate", "--rules", _folder.Write("gate.yaml", "rules: [{task: tiny, max_drop: 90}]"), left, right)).Output;
        Assert.Contains("tiny", gate, StringComparison.Ordinal);
        Assert.DoesNotContain("prompts differ", gate, StringComparison.Ordinal);
        await CommandLine.SucceedAsync("report", left, right, "--output", _folder["report.html"]);
    }

    [Fact]
    public async Task SameMessages_InOneTemplate_NeedNoNote()
    {
        string left = await RunAsync("left", Angles, null, "--apply-chat-template");
        string right = await RunAsync("right", Angles, null, "--apply-chat-template");
        Assert.DoesNotContain("messages", (await CommandLine.SucceedAsync("compare", left, right)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OtherMessages_AreRefused()
    {
        string left = await RunAsync("left", Angles, null, "--apply-chat-template");
        string shots = await RunAsync("shots", Lines, null, "--apply-chat-template", "--num-fewshot", "1");
        CommandLineResult result = await CommandLine.RunAsync("compare", left, shots);
        Assert.Equal((int)ExitCode.Incomparable, result.ExitCode);
        Assert.Contains("have other messages than those of", result.ErrorLine, StringComparison.Ordinal);
        string same = await RunAsync("same", Angles, null, "--apply-chat-template", "--num-fewshot", "1");
        result = await CommandLine.RunAsync("compare", left, same);
        Assert.Equal((int)ExitCode.Incomparable, result.ExitCode);
        Assert.Contains("from character", result.ErrorLine, StringComparison.Ordinal);
    }

    /// <summary>
    /// The shots as turns of their own, or in one turn with the question: the template that writes no roles gives one text.
    /// </summary>
    [Fact]
    public async Task SameText_OfOtherTurns_IsRefused()
    {
        const string plain = "{% for m in messages %}{{ m.content }}\n{% endfor %}";
        string task = TinyData.Task + "\nfewshot_delimiter: \"\\n\"\ntarget_delimiter: \"\\n\"\n";
        string left = await RunAsync("left", plain, task, "--apply-chat-template", "--num-fewshot", "1");
        string right = await RunAsync(
            "right", plain, task, "--apply-chat-template", "--num-fewshot", "1", "--fewshot-as-multiturn", "false");
        CommandLineResult result = await CommandLine.RunAsync("compare", left, right);
        Assert.Equal((int)ExitCode.Incomparable, result.ExitCode);
        Assert.Contains("divide the same text into other turns", result.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConversationAndText_AreRefused()
    {
        string chat = await RunAsync("chat", Angles, null, "--apply-chat-template"), text = await RunAsync("text", Angles);
        CommandLineResult result = await CommandLine.RunAsync("compare", text, chat);
        Assert.Equal((int)ExitCode.Incomparable, result.ExitCode);
        Assert.Contains($"{chat} asked conversations and {text} texts", result.ErrorLine, StringComparison.Ordinal);
    }
}
