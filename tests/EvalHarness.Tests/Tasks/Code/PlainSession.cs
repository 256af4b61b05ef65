using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Sandbox;

namespace EvalHarness.Tests.Tasks.Code;

/// <summary>The Python of a session in an interpreter without a sandbox, spoken with by its frames.</summary>
internal sealed class PlainSession : IDisposable
{
    // Descriptors 1 and 2 are the author's own: what is printed there must not come between the frames.
    private const string Start = """

        import os
        source, sink = os.dup(0), os.dup(1)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for taken in (0, 1, 2):
            os.dup2(nowhere, taken)
        serve_session(source, sink)
        """;

    private readonly Process _process;

    /// <param name="root">The folder of the task files.</param>
    internal PlainSession(string root)
    {
        string program = string.Join('\n', ((string[])["codec.py", "imports.py", "session.py"]).Select(Resource)) + Start;
        var start = new ProcessStartInfo(PythonFactAttribute.Python, ["-I", "-B", "-c", program])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["PYTHONHASHSEED"] = "0";
        _process = Process.Start(start)!;
        var shims = new JsonObject();
        foreach (string name in typeof(BoxBackend).Assembly.GetManifestResourceNames())
        {
            if (name.StartsWith("shims/", StringComparison.Ordinal))
                shims[name["shims/".Length..]] = Resource(name);
        }

        Assert.NotEmpty(shims);
        JsonObject opened = Ask(new JsonObject
        {
            ["op"] = "open",
            ["root"] = root,
            ["shims"] = shims,
            ["random"] = 0,
            ["numpy"] = 1234,
        }).Answer;
        Assert.NotNull(opened["ok"]);
    }

    /// <summary>The outcomes that the request's parts have, and its last answer.</summary>
    internal (JsonArray Parts, JsonObject Answer) Ask(JsonNode request)
    {
        byte[] text = JsonSerializer.SerializeToUtf8Bytes(request);
        byte[] length = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, text.Length);
        Stream input = _process.StandardInput.BaseStream, output = _process.StandardOutput.BaseStream;
        input.Write([.. length, .. text]);
        input.Flush();
        var parts = new JsonArray();
        while (true)
        {
            output.ReadExactly(length);
            byte[] answer = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
            output.ReadExactly(answer);
            JsonObject frame = JsonNode.Parse(answer)!.AsObject();
            if (frame["part"] is not JsonArray part)
                return (parts, frame);
            foreach (JsonNode? outcome in part)
                parts.Add(outcome?.DeepClone());
        }
    }

    public void Dispose()
    {
        // The loop ends with its source.
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(BoxBackend).Assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
