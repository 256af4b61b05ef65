using EvalHarness.Sandbox;

namespace EvalHarness.Tests.Sandbox;

/// <summary>
/// Programs in each language that are right, that are wrong, and that try to be taken for right, with their tests. Only the right ones
/// pass, in every kind of box that the machine can make. A file has a head line with name and kind for each program, the program, and,
/// after a line of its own, its tests where they are not the usual ones.
/// </summary>
[Trait("Speed", "slow")]
public sealed class ForgeryTests : IClassFixture<ContainerImage>
{
    /// <summary>
    /// How many times the usual time a right program has: it passes on a slow and busy machine too, because forgery is tried here, and not
    /// speed.
    /// </summary>
    private const int Patience = 20;

    private static readonly Dictionary<string, string> UsualTests = new()
    {
        ["python"] =
            "def check(candidate):\n    assert candidate([1, 2, 3]) == 6\n    assert candidate([]) == 0\n"
            + "    assert abs(candidate([0.5, 0.25]) - 0.75) < 1e-9\ncheck(total)",
        ["javascript"] =
            "const assert = require('node:assert');\n\nfunction test() {\n  let candidate = f;\n  assert.deepEqual(candidate(1),2);\n"
            + "  assert.deepEqual(candidate(3),4);\n}\n\ntest();",
        ["csharp"] =
            "    }\n    public static void Main(string[] args) {\n    Debug.Assert(F((1L)) == (2L));\n"
            + "    Debug.Assert(F((3L)) == (4L));\n    }\n\n}\n",
    };

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (string language in UsualTests.Keys)
            {
                // What a program can forge lies with its language. The kinds of box are tried with Python, and two that differ most with
                // the others.
                foreach (string backend in language == "python" ? TestBackends.Names : ["bwrap", "unshare as an ordinary user"])
                    cases.Add(language, backend);
            }

            return cases;
        }
    }

    private static IEnumerable<(string Name, string Kind, string Program, string Tests)> Programs(string language) =>
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Sandbox", "forgeries", language + ".txt"))
            .Split("#### ", StringSplitOptions.RemoveEmptyEntries)
            .Select(part =>
            {
                string[] lines = part.Split('\n', 2), head = lines[0].Split(" | "), body = lines[1].Split("---- tests\n");
                return (head[0], head[1], body[0], body.Length > 1 ? body[1] : UsualTests[language]);
            });

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public async Task Programs_AllOfThem_PassOnlyIfTheyAreRight(string language, string backend)
    {
        Assert.InRange(Programs(language).Count(), 60, 1000);
        Language definition = LanguageReader.Get(language, "test");
        Skip.If(language == "javascript" && BoxBackend.Find("node") is null, "needs node");
        (ProgramSandbox? opened, string problem) = await ProgramSandbox.TryOpenAsync(
            [TestBackends.Require(backend)], [definition], CancellationToken.None);
        Assert.True(opened is not null, problem);
        await using ProgramSandbox sandbox = opened;
        string[] wrong = [.. (await Task.WhenAll(Programs(language).Select(async program =>
        {
            string? problem = await ProblemAsync(sandbox, definition, program.Kind, program.Program, program.Tests);
            return problem is null ? null : $"{program.Name}: {problem}";
        }))).OfType<string>()];
        Assert.True(wrong.Length == 0, string.Concat(wrong));
    }

    /// <summary>How a program ended, if not as its kind says; else null.</summary>
    private static async Task<string?> ProblemAsync(ProgramSandbox sandbox, Language language, string kind, string program, string tests)
    {
        TimeSpan time = language.Limits.ProcessorTime * (kind == "pass" ? Patience : 1);
        ProgramResult result = await sandbox.RunAsync(language, program, tests, time, CancellationToken.None);
        bool right = kind == "pass"
            ? result.End == ProgramEnd.Passed
            : result.End is not (ProgramEnd.Passed or ProgramEnd.CouldNotStart or ProgramEnd.UnusableTests);
        return right ? null : $"{result.End} ({result.Detail}), which is {kind}\n{result.Output}\n";
    }

    /// <summary>The kinds of program that others found; they lie beside the repository.</summary>
    [SharedTheory]
    [InlineData("python")]
    [InlineData("csharp")]
    public async Task HostilePrograms_OfOthers_EndAsTheirKindSays(string language)
    {
        string tests = language == "csharp"
            ? "    public static void Main(string[] args) {\n    Debug.Assert(F(1) == 2);\n    Debug.Assert(F(3) == 4);\n    }\n\n}"
            : "def check(candidate):\n    assert candidate([1.0, 2.0, 3.9], 0.3) == False\n"
                + "    assert candidate([1.0, 2.0, 2.1], 0.3) == True\ncheck(has_close_elements)";
        const string prompt = "def has_close_elements(numbers, threshold):\n    \"\"\"Whether two numbers are closer.\"\"\"\n";
        Language definition = LanguageReader.Get(language, "test");
        await using ProgramSandbox sandbox = await ProgramSandbox.OpenAsync("auto", [definition], CancellationToken.None);
        string[] parts = File.ReadAllText(Path.Combine(Shared.Folder, "hostile", language + ".txt"))
            .Split("#### ", StringSplitOptions.RemoveEmptyEntries);
        string[] wrong = [.. (await Task.WhenAll(parts.Select(async part =>
        {
            string[] lines = part.Split('\n', 2);
            string answer = (language == "python" ? prompt : "") + lines[1];
            string? problem = await ProblemAsync(sandbox, definition, lines[0].Split(" | ")[^1].Trim(), answer, tests);
            return problem is null ? null : $"{lines[0]}: {problem}";
        }))).OfType<string>()];
        Assert.Empty(wrong);
    }
}
