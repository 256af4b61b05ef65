using System.Text.Json.Nodes;

namespace EvalHarness.Tests.Tasks.Code;

/// <summary>
/// The Python of a session against tables: values of the libraries that it stands in for, and what calls and mistakes of task authors give.
/// Each table says where its values are from.
/// </summary>
public class SessionTableTests
{
    private static string Folder { get; } = Path.Combine(Shared.Repository, "tests", "EvalHarness.Tests", "Tasks", "Code", "python");

    [PythonTheory]
    [InlineData("datasets", 40)]
    [InlineData("evaluate", 9)]
    [InlineData("lm_eval", 30)]
    [InlineData("sklearn", 100)]
    [InlineData("squad", 14)]
    public void StandIn_Called_GivesWhatTheLibraryGives(string library, int atLeast)
    {
        JsonObject table = Table(library);
        string file = Path.Combine(Folder, (string)table["file"]!);
        using var session = new PlainSession(Folder);
        JsonArray calls = table["calls"]!.AsArray();
        Assert.InRange(calls.Count, atLeast, int.MaxValue);
        foreach (JsonNode? call in calls)
        {
            JsonObject answer = session.Ask(new JsonObject
            {
                ["op"] = "once",
                ["function"] = new JsonObject
                {
                    ["file"] = file,
                    ["name"] = call![0]!.DeepClone(),
                },
                ["args"] = call[1]!.DeepClone(),
            }).Answer;
            // What the fourth element names is the machine's own, if it has it.
            if (call.AsArray().Count > 3 && answer["touched"] is JsonArray { Count: > 0 } touched
                && (string?)touched[0]!["module"] == (string?)call[3])
            {
                continue;
            }

            Same(call[2], answer.TryGetPropertyValue("ok", out JsonNode? value) ? value : answer, call);
        }
    }

    [PythonFact]
    public void Session_Asked_AnswersAsTheTableSays()
    {
        using var session = new PlainSession(Folder);
        foreach (JsonNode? exchange in Table("session")["exchanges"]!.AsArray())
        {
            (JsonArray parts, JsonObject answer) = session.Ask(JsonNode.Parse(
                exchange!["send"]!.ToJsonString().Replace("{folder}", Folder, StringComparison.Ordinal))!);
            Same(exchange["parts"] ?? new JsonArray(), parts, exchange);
            JsonObject expected = exchange["answer"]!.DeepClone().AsObject();
            expected.TryAdd("printed", "");
            expected.TryAdd("touched", new JsonArray());
            if (!expected.ContainsKey("error"))
                expected.TryAdd("ok", null);
            Same(expected, answer, exchange);
        }
    }

    [PythonFact]
    public void MadeUpRow_Found_HasWhatTheFunctionAsksFor()
    {
        using var session = new PlainSession(Folder);
        JsonObject answer = session.Ask(new JsonObject
        {
            ["op"] = "probe",
            ["call"] = "fields",
            ["function"] = new JsonObject
            {
                ["file"] = Path.Combine(Folder, "probe_calls.py"),
                ["name"] = "asks_for_much",
            },
        }).Answer;
        JsonNode? columns = answer["ok"]?["columns"];
        Assert.True((string?)columns?["difficulty"] == "hard", answer.ToJsonString());
        Assert.True((bool)answer["ok"]!["made_up"]!);
        Assert.IsType<JsonArray>(columns!["turns"]);
        Assert.NotNull(columns["meta"]!["source"]);
    }

    private static JsonObject Table(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, $"{name}.json")))!.AsObject();

    private static void Same(JsonNode? expected, JsonNode? actual, JsonNode? of) => Assert.True(
        JsonNode.DeepEquals(expected, actual),
        $"{of?.ToJsonString()}\nexpected {expected?.ToJsonString()}\nfound    {actual?.ToJsonString()}");
}
