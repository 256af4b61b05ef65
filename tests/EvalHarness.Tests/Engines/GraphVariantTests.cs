using System.Text;
using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Engine;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Prompts;
using EvalHarness.Tasks;

namespace EvalHarness.Tests.Engines;

/// <summary>
/// Graphs as other exporters write them: float16 logits, or those of the last token only. Made from a folder at hand: a protobuf
/// message is extended by appending to its bytes (encoding guide, "last one wins", embedded messages merge), so one node after
/// the logits and one more output are enough.
/// </summary>
public sealed class GraphVariantTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static List<Request> Requests { get; } =
    [
        .. ((string[])["Once upon a time", "Once upon a time, there was a", "The dog"]).SelectMany((context, i) =>
            ((string[])[" little", ". They were very happy", "!"]).Select((continuation, j) =>
                new LogLikelihoodRequest { Key = new RequestKey("s", i, j), Prompt = context, Continuation = continuation })),
        .. ((string[])["Once upon a time", "One day, a"]).Select((context, i) =>
            new GenerateRequest
            {
                Key = new RequestKey("g", i, 0),
                Prompt = context,
                Options = new GenerationOptions { Until = [], MaxTokens = 16 },
                Seed = 1,
            }),
    ];

    /// <summary>A float16 tensor read as float32 would give numbers without an error, and wrong ones.</summary>
    [SharedFact]
    public async Task HalfLogits_GiveTheSameToTheirPrecision()
    {
        // Cast to float16 (type 10).
        Append(
            Node("Cast", "variant", ["logits"], Message(5, [.. Text(1, "to"), .. Number(3, 10), .. Number(20, 2)])), Output("variant", 10));
        (_, Dictionary<RequestKey, Response> expected) = await RunAsync(Shared.Model("fp32"));
        (EngineDescription description, Dictionary<RequestKey, Response> actual) = await RunAsync(_folder.Path);
        Assert.Equal("all rows", description.Settings["logits"]);
        foreach ((RequestKey key, Response response) in expected)
        {
            Assert.Null(actual[key].Error);
            Assert.Equal(response.Text, actual[key].Text);
            // Half precision at logits of about 10: 0.004 each.
            Assert.Equal(response.LogLikelihood ?? 0, actual[key].LogLikelihood ?? 0, 0.05);
        }

        Assert.Contains(expected, r => r.Value.LogLikelihood != actual[r.Key].LogLikelihood);
    }

    /// <summary>Rows counted from the first token would be read from the last.</summary>
    [SharedFact]
    public async Task LastRowOnly_IsFoundOutAndFedTokenByToken()
    {
        // Gather of index -1 along axis 1 keeps the axis.
        byte[] index = Message(5, [.. Number(1, 1), .. Number(2, 7), .. Number(7, -1), .. Text(8, "last")]);
        Append(
            Node("Gather", "variant", ["logits", "last"], Message(5, [.. Text(1, "axis"), .. Number(3, 1), .. Number(20, 2)])),
            index,
            Output("variant", 1));
        (_, Dictionary<RequestKey, Response> expected) = await RunAsync(Shared.Model("fp32"));
        (EngineDescription description, Dictionary<RequestKey, Response> actual) = await RunAsync(_folder.Path);
        Assert.Equal("last row", description.Settings["logits"]);
        foreach ((RequestKey key, Response response) in expected)
        {
            Assert.Null(actual[key].Error);
            Assert.Equal(response.Text, actual[key].Text);
            Assert.Equal(response.LogLikelihood ?? 0, actual[key].LogLikelihood ?? 0, 1e-4);
        }
    }

    private static async Task<(EngineDescription Description, Dictionary<RequestKey, Response> Responses)> RunAsync(string folder)
    {
        await using GenAiEngine engine = await GenAiEngine.LoadAsync(folder, new GenAiOptions(), CancellationToken.None);
        return (
            engine.Description,
            await engine.RunAsync(Requests, new HashSet<RequestKey>(), CancellationToken.None).ToDictionaryAsync(r => r.Key));
    }

    /// <summary>Copies the model, extends its graph (field 7 of the model) and names "variant" as the logits.</summary>
    private void Append(params byte[][] fields)
    {
        foreach (string file in Directory.EnumerateFiles(Shared.Model("fp32")))
            File.Copy(file, _folder[Path.GetFileName(file)]);
        using (FileStream model = File.Open(_folder["model.onnx"], FileMode.Append))
            model.Write(Message(7, [.. fields.SelectMany(f => f)]));
        string config = File.ReadAllText(_folder["genai_config.json"]);
        _folder.Write("genai_config.json", config.Replace("\"logits\": \"logits\"", "\"logits\": \"variant\"", StringComparison.Ordinal));
    }

    private static byte[] Node(string operation, string output, string[] inputs, byte[] attribute) =>
        Message(1, [.. inputs.SelectMany(i => Text(1, i)), .. Text(2, output), .. Text(4, operation), .. attribute]);

    private static byte[] Output(string name, int elementType)
    {
        byte[] shape =
            [.. Message(1, Text(2, "batch")), .. Message(1, Text(2, "rows")), .. Message(1, Number(1, 512))];
        return Message(12, [.. Text(1, name), .. Message(2, Message(1, [.. Number(1, elementType), .. Message(2, shape)]))]);
    }

    private static byte[] Text(int field, string text) => Message(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Message(int field, byte[] content) =>
        [.. Varint((ulong)((field << 3) | 2)), .. Varint((ulong)content.Length), .. content];

    private static byte[] Number(int field, long value) => [.. Varint((ulong)(field << 3)), .. Varint(unchecked((ulong)value))];

    private static IEnumerable<byte> Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            yield return (byte)(value | 0x80);
        yield return (byte)value;
    }

    public void Dispose() => _folder.Dispose();
}
