using System.Text.Json.Nodes;
using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Engine;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Prompts;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Engines;

/// <summary>What the engine makes of a model's chat template, and what it says of it.</summary>
public sealed class ConversationsTests : IDisposable
{
    private const string Refusing = "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
        + "<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}<|assistant|>";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string Tiny => Path.Combine(Shared.Repository, "src", "TinyModel", "models", "tiny-int4");

    /// <summary>The model that comes with the program, with another chat template.</summary>
    private string Model(string template)
    {
        foreach (string file in Directory.EnumerateFiles(Tiny))
            File.WriteAllBytes(_folder[Path.GetFileName(file)], File.ReadAllBytes(file));
        var config = JsonNode.Parse(File.ReadAllText(_folder["tokenizer_config.json"]))!.AsObject();
        config["chat_template"] = template;
        _folder.Write("tokenizer_config.json", config.ToJsonString());
        return _folder.Path;
    }

    private static Prompt Conversation(params string[] roles) =>
        Prompt.FromMessages([.. roles.Select((role, i) => new ChatMessage(role, $"m{i}"))], isPrefilled: false);

    [Fact]
    public async Task SystemMessage_ThatTheTemplateRefuses_IsLeftOutAndSaid()
    {
        await using GenAiEngine engine = await GenAiEngine.LoadAsync(Model(Refusing), new GenAiOptions(), CancellationToken.None);
        Assert.Equal("<|user|>m1<|end|><|assistant|>", engine.Render(Conversation("system", "user")).Text);
        Assert.Equal(
            "refuses system messages; they are left out, as in the reference", engine.Description.Settings[EngineDescription.ChatTemplate]);
    }

    /// <summary>Another failure than raise_exception is a mistake of the template, and not a refusal of the system role.</summary>
    [Theory]
    [InlineData("{{ messages[0].content.nothing() }}", "fails on these messages (system, user)")]
    [InlineData("{{ raise_exception('never') }}", "refuses these messages (system, user): never")]
    public async Task Template_ThatTakesNothing_IsAModelError(string template, string fragment)
    {
        await using GenAiEngine engine = await GenAiEngine.LoadAsync(Model(template), new GenAiOptions(), CancellationToken.None);
        Assert.Equal("none", engine.Description.Settings[EngineDescription.ChatTemplate]);
        EvalException e = Assert.Throws<EvalException>(() => engine.Render(Conversation("system", "user")));
        Assert.Equal(ExitCode.Model, e.ExitCode);
        Assert.Contains(fragment, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SystemMessage_RefusedInSomeConversations_IsSaidOnce()
    {
        const string template =
            "{% if messages[0].role == 'system' and messages | length > 2 %}{{ raise_exception('too long') }}{% endif %}"
            + "{% for m in messages %}{{ m.content }}{% endfor %}";
        var said = new List<string>();
        var options = new GenAiOptions { Announce = said.Add };
        await using GenAiEngine engine = await GenAiEngine.LoadAsync(Model(template), options, CancellationToken.None);
        Assert.Equal("takes system messages", engine.Description.Settings[EngineDescription.ChatTemplate]);
        Assert.Equal("m0m1", engine.Render(Conversation("system", "user")).Text);
        Assert.Equal("m1m2m3", engine.Render(Conversation("system", "user", "assistant", "user")).Text);
        Assert.Equal("m1m2m3", engine.Render(Conversation("system", "user", "assistant", "user")).Text);
        Assert.Contains("refuses the system message of some conversations", Assert.Single(said), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Date_IsThatOfTheOptionElseOfTheClock()
    {
        string model = Model("{{ strftime_now('%Y-%m-%d') }}");
        var clock = new FixedTime();
        (DateOnly?, string)[] cases = [(null, "2031-02-03"), (new DateOnly(2026, 11, 25), "2026-11-25")];
        foreach ((DateOnly? given, string expected) in cases)
        {
            var options = new GenAiOptions { Clock = clock, TemplateDate = given };
            await using GenAiEngine engine = await GenAiEngine.LoadAsync(model, options, CancellationToken.None);
            Assert.Equal(expected, engine.Render(Conversation("user")).Text);
            Assert.Equal(expected, engine.Description.Settings[EngineDescription.TemplateDate]);
        }

        await using GenAiEngine plain = await GenAiEngine.LoadAsync(Model(Refusing), new GenAiOptions(), CancellationToken.None);
        Assert.DoesNotContain(EngineDescription.TemplateDate, plain.Description.Settings.Keys);
    }

    /// <summary>A run that goes on another day keeps the day of its first prompts.</summary>
    [Fact]
    public async Task Resume_OnAnotherDay_KeepsTheDay()
    {
        using var output = new TemporaryFolder();
        string model = Model("{{ strftime_now('%d %b %Y') }}<|user|>{{ messages[-1].content }}<|end|><|assistant|>"), run = output["run"];
        await CommandLine.SucceedAsync(
            "run", "--model", model, "--tasks", "quick_mmlu_animals", "--limit", "4", "--apply-chat-template",
            "--template-date", "2020-02-03", "--output", run);
        string manifest = Path.Combine(run, "manifest.json");
        string text = await File.ReadAllTextAsync(manifest);
        Assert.Contains("\"template date\": \"2020-02-03\"", text, StringComparison.Ordinal);
        var written = JsonNode.Parse(text)!.AsObject();
        Assert.True(written["options"]!.AsObject().Remove("template_date"));
        await File.WriteAllTextAsync(manifest, written.ToJsonString());
        string[] contexts = Contexts();
        foreach (string file in Directory.EnumerateFiles(run, "*").Where(f => f != manifest))
            File.Delete(file);
        await CommandLine.SucceedAsync("run", "--resume", run);
        Assert.NotEmpty(contexts);
        Assert.Equal(contexts, Contexts());

        string[] Contexts() =>
        [
            .. File.ReadLines(Path.Combine(run, "responses.jsonl"))
                .Select(line => JsonNode.Parse(line)!["context_sha256"]!.GetValue<string>()).Order(StringComparer.Ordinal),
        ];
    }

    [Fact]
    public async Task Data_ThatSpellsASpecialToken_IsSaid()
    {
        var said = new List<string>();
        var options = new GenAiOptions { Announce = said.Add };
        await using GenAiEngine engine = await GenAiEngine.LoadAsync(Tiny, options, CancellationToken.None);
        Request[] requests =
        [
            .. ((string[])["one", "two <|end|> three", "four <|user|>"]).Select((text, i) => new LogLikelihoodRequest
            {
                Key = new RequestKey("t", i, 0), Prompt = text, Continuation = " x",
            }),
        ];
        await foreach (Response response in engine.RunAsync(requests, new HashSet<RequestKey>(), CancellationToken.None))
            Assert.Null(response.Error);
        Assert.Equal(
            ["t: the data of 2 documents spells special tokens such as <|end|>; they become these tokens, as in Hugging Face's library"],
            said);
    }

    private sealed class FixedTime : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2031, 2, 3, 12, 0, 0, TimeSpan.Zero);
    }
}
