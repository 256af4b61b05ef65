using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EvalHarness.Results;
using EvalHarness.Sandbox;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.OpenAI;

/// <summary>A run on a server that others wrote: @dwmkerr/mock-llm from npm, which 'npm ci' in the folder MockServer installs.</summary>
public sealed class MockServerTests : IDisposable
{
    private static readonly string Folder = Path.Combine(Shared.Repository, "tests", "EvalHarness.Tests", "OpenAI", "MockServer");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Run_OnAServerOfOthers_AnswersEveryRow()
    {
        string main = Path.Combine(Folder, "node_modules", "@dwmkerr", "mock-llm", "dist", "main.js");
        Skip.IfNot(File.Exists(main), $"needs 'npm ci' in {Path.GetRelativePath(Shared.Repository, Folder)}");
        Skip.If(BoxBackend.Find("node") is null, "needs Node.js");
        int port = FreePort();
        using Process server = Start(main, port);
        try
        {
            await CommandLine.SucceedAsync(
                "run", "--model", $"openai:http://127.0.0.1:{port}/v1#mock", "--apply-chat-template", "--tasks", "quick_gsm8k",
                "--output", _folder["run"]);
            HarnessReport report = RunFolder.Open(_folder["run"]).ReadResults().Harness;
            ScoreRow row = report.Rows.First(r => r.Name == "quick_gsm8k");
            Assert.Equal((300, 0), (row.Count, report.Errored["quick_gsm8k"]));
            IReadOnlyList<SampleRow> samples = await RunFolder.Open(_folder["run"]).ReadSamplesAsync("quick_gsm8k", CancellationToken.None);
            Assert.All(samples, s => Assert.Equal(["She has 2 + 2 = 4 of them.\n#### 4"], s.Completions));
        }
        finally
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync();
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Starts the server on the loopback interface, and waits until it says that it listens.</summary>
    private static Process Start(string main, int port)
    {
        var start = new ProcessStartInfo("node", [main, "--config", Path.Combine(Folder, "answers.yaml")])
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            Environment = { ["HOST"] = "127.0.0.1", ["PORT"] = port.ToString(CultureInfo.InvariantCulture) },
        };
        Process process = Process.Start(start)!;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (line.Contains("running on", StringComparison.Ordinal))
            {
                // It writes a line for each request, and would stop when nobody reads them.
                _ = process.StandardOutput.ReadToEndAsync();
                return process;
            }
        }

        throw new InvalidOperationException($"The server of {main} did not start.");
    }
}
