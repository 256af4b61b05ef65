using EvalHarness.Sandbox;

namespace EvalHarness.Tests.Sandbox;

/// <summary>
/// Programs in JavaScript that are right, wrong, or try to be taken for right, with their tests: of these only the first pass. The format
/// of attacks/javascript.txt: a head line with name and kind, the program, and, after a line of their own, its tests where they are not the
/// usual ones.
/// </summary>
[Trait("Speed", "slow")]
[Collection(nameof(Alone))]
public sealed class JavaScriptAttackTests
{
    private const string UsualTests =
        "const assert = require('node:assert');\n\nfunction test() {\n  let candidate = f;\n  assert.deepEqual(candidate(1),2);\n" +
        "  assert.deepEqual(candidate(3),4);\n}\n\ntest();";

    private static IEnumerable<(string Name, string Kind, string Program, string Tests)> Programs =>
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Sandbox", "attacks", "javascript.txt"))
        .Split("#### ", StringSplitOptions.RemoveEmptyEntries).Select(part =>
        {
            string[] lines = part.Split('\n', 2), head = lines[0].Split(" | "), body = lines[1].Split("---- tests\n");
            return (head[0], head[1], body[0], body.Length > 1 ? body[1] : UsualTests);
        });

    [ToolFact("node")]
    public async Task Programs_AllOfThem_PassOnlyIfTheyAreRight()
    {
        Assert.InRange(Programs.Count(), 90, 1000);
        Language language = LanguageReader.Get("js", "test");
        await using ProgramSandbox sandbox = await ProgramSandbox.OpenAsync("auto", [language], CancellationToken.None);
        string[] wrong = [.. (await Task.WhenAll(Programs.Select(async program =>
        {
            ProgramResult result = await sandbox.RunAsync(
                language.Attach(program.Program, program.Tests, TimeSpan.FromSeconds(3)), CancellationToken.None);
            bool right = program.Kind == "pass"
                ? result.End == ProgramEnd.Passed
                : result.End is not (ProgramEnd.Passed or ProgramEnd.CouldNotStart);
            return right ? null : $"{program.Name}: {result.End} ({result.Detail}), which is {program.Kind}\n";
        }))).OfType<string>()];
        Assert.True(wrong.Length == 0, string.Concat(wrong));
    }
}
