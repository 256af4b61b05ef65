using EvalHarness.Sandbox;
using EvalHarness.Tests.Tasks.Code;

namespace EvalHarness.Tests.Sandbox;

/// <summary>Attacks on the machine in the Python of a task: nothing outside the box feels them, whatever becomes of the task.</summary>
[Trait("Speed", "slow")]
[Collection(nameof(Alone))]
public sealed class TaskCodeAttackTests : IClassFixture<ContainerImage>
{
    private static readonly CodeLimits Limits = new()
    {
        Row = TimeSpan.FromSeconds(4),
        Whole = TimeSpan.FromSeconds(4),
        Session = new CodeLimits().Session with
        {
            Memory = 1 << 29,
            TotalMemory = 1 << 28,
        },
    };

    private static string[] Attacks =>
        [.. File.ReadAllText(Path.Combine(Shared.Folder, "hostile", "python.txt")).Split("#### ", StringSplitOptions.RemoveEmptyEntries)
            .Select(part => part.Split('\n', 2)).Where(lines => lines[0].EndsWith("| host", StringComparison.Ordinal))
            .Select(lines => string.Concat(lines[1].Split('\n').Select(line => $"    {line}\n")))];

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Names), MemberType = typeof(TestBackends))]
    public async Task HostAttacks_AsTaskCode_AreNotFelt(string backend)
    {
        Skip.If(Shared.Missing is not null, Shared.Missing);
        TestBackends.Require(backend);
        Assert.InRange(Attacks.Length, 15, 100);
        using var traces = new BoxTraces(Environment.ProcessId);
        using var host = new HostWatch(withByteLocks: BoxBackend.IsPrivileged && !backend.Contains("ordinary", StringComparison.Ordinal));
        // Most of them wait until their time is over, so that several wait at once.
        Parallel.ForEach(Attacks, new ParallelOptions { MaxDegreeOfParallelism = 4 }, attack =>
        {
            // Names that a program has at its top level are the function's own there, as in code that its author wrote for it.
            using var functions = new BoxedFunctions(
                $"def text(doc):\n{attack}    return 'text'\ndef docs(dataset):\n{attack}    return dataset\n", backend, Limits);
            Ignoring(() => functions.Process("docs", 1L));
            Ignoring(() => functions.Rows("text", BoxedCodeTests.Row(1L)));
        });

        Assert.True(traces.Boxes > 0 || backend.StartsWith("container", StringComparison.Ordinal), "no box was seen");
        Assert.Empty(await traces.LeftAsync());
        Assert.Empty(host.Felt());
    }

    private static void Ignoring(Action action)
    {
        try
        {
            action();
        }
        catch (EvalException e) when (e.ExitCode == ExitCode.Task)
        {
            // The attack failed, or ended its own interpreter.
        }
    }
}
