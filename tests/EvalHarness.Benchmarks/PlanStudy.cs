using System.Diagnostics;
using EvalHarness.Engines;
using EvalHarness.Planning;
using EvalHarness.Prompts;
using EvalHarness.Tasks;
using EvalHarness.Tests.Tokens;
using EvalHarness.Tokens;
using static System.FormattableString;

namespace EvalHarness.Benchmarks;

/// <summary>
/// Prints what engines that compute on tokens hold of a request before the first is computed, and how long it takes to plan them. The
/// prompts are made up, and each letter of them is a token.
/// </summary>
internal static class PlanStudy
{
    internal static void Run()
    {
        Console.WriteLine("| requests | tokens of a context | shared | held, bytes a request | encoding, CPU s | planning, CPU s |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|");
        Measure(documents: 1_000, choices: 4, length: 60, shared: 600);
        Measure(documents: 250_000, choices: 4, length: 60, shared: 0);
        Measure(documents: 250_000, choices: 4, length: 60, shared: 600);
        Measure(documents: 1_000_000, choices: 0, length: 60, shared: 0);
        Measure(documents: 2_000, choices: 4, length: 20_000, shared: 0);
        Measure(documents: 2_000, choices: 0, length: 20_000, shared: 0);
    }

    private static void Measure(int documents, int choices, int length, int shared)
    {
        using var tokenizer = new ModelTokenizer(new LetterTokenizer(), beginOfText: null, endOfText: 7, addBosToken: null);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        TimeSpan start = Cpu();
        using var encoded = EncodedRequests.Encode(tokenizer, 1 << 20, Requests(documents, choices, length, shared), truncateLeft: false);
        TimeSpan coded = Cpu();
        var plan = PrefixPlan.Build(encoded.Sequences);
        var asked = new AskedTokens(new UsageCounter(workers: 1), encoded);
        asked.Expect(plan, _ => true);
        TimeSpan planned = Cpu();
        double held = GC.GetTotalMemory(forceFullCollection: true) - before;
        GC.KeepAlive(asked);
        GC.KeepAlive(plan);
        string what = choices > 0 ? Invariant($"{documents:N0} x {choices} choices") : Invariant($"{documents:N0} completions");
        Console.WriteLine(Invariant($"| {what} | {shared + length:N0} | {shared:N0} | {held / encoded.Count:N0} | ")
            + Invariant($"{(coded - start).TotalSeconds:0.00} | {(planned - coded).TotalSeconds:0.00} |"));
    }

    private static IEnumerable<Request> Requests(int documents, int choices, int length, int shared)
    {
        var random = new Random(1);
        var options = new GenerationOptions { Until = [] };
        string beginning = new('s', shared);
        for (int document = 0; document < documents; document++)
        {
            Prompt prompt = beginning + new string([.. Enumerable.Range(0, length).Select(_ => (char)('a' + random.Next(26)))]);
            for (int choice = 0; choice < choices; choice++)
            {
                yield return new LogLikelihoodRequest
                {
                    Key = new RequestKey("t", document, choice),
                    Prompt = prompt,
                    Continuation = ((char)('A' + choice)).ToString(),
                };
            }

            if (choices == 0)
            {
                yield return new GenerateRequest
                {
                    Key = new RequestKey("t", document, 0),
                    Prompt = prompt,
                    Options = options,
                    Seed = document,
                };
            }
        }
    }

    private static TimeSpan Cpu()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }
}
