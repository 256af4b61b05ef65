using EvalHarness.Data;
using EvalHarness.Sandbox;
using EvalHarness.Tests.Sandbox;

namespace EvalHarness.Tests.Scoring;

/// <summary>
/// Right solutions pass, each time, while two busy loops run on each core: a verdict depends on the program alone. HumanEval's
/// problems are the dataset's own; those in the forms of HumanEval+ and MBPP are made up here.
/// </summary>
[Trait("Speed", "slow")]
[Collection(nameof(Alone))]
public sealed class CanonicalSolutionTests
{
    /// <summary>How often each program runs; HumanEval has 164 of them, which say as much in fewer rounds.</summary>
    private const int Rounds = 10, RoundsOfMany = 3;

    /// <summary>The tests of HumanEval+ in their form: numpy, a helper for floats, and many inputs with their results in lists.</summary>
    private const string PlusTests = """
        import numpy as np

        def is_floats(x) -> bool:
            if isinstance(x, (list, tuple)):
                return bool(x) and all(isinstance(i, float) for i in x)
            if isinstance(x, np.ndarray):
                return x.dtype == np.float64 or x.dtype == np.float32
            return isinstance(x, float)

        def assertion(out, exp, atol):
            if atol == 0 and is_floats(exp):
                atol = 1e-6
            if out != exp and atol != 0:
                np.testing.assert_allclose(out, exp, atol=atol)
            else:
                assert out == exp, f"out: {out}, exp: {exp}"

        def check(candidate):
            inputs = [[[i, 2 * i, -i]] for i in range(200)] + [[[0.1 * i]] for i in range(200)]
            results = [2 * i for i in range(200)] + [0.1 * i for i in range(200)]
            for i, (inp, exp) in enumerate(zip(inputs, results)):
                assertion(candidate(*inp), exp, 0)

        check(total)
        """;

    private static readonly (string Answer, string Tests)[] Plus =
    [
        ("from typing import List\n\ndef total(numbers: List[float]) -> float:\n    return sum(numbers)", PlusTests),
        ("def total(numbers):\n    import numpy\n    return float(numpy.sum(numbers))", PlusTests),
        ("import numpy\n\ndef total(numbers):\n    return numpy.sum(numpy.array(numbers))", PlusTests),
        ("def total(numbers):\n    return np.cumsum(numbers)[-1]", PlusTests),
        ("def total(numbers):\n    result = 0\n    while numbers:\n        result += numbers.pop(0)\n    return result", PlusTests),
    ];

    private static readonly (string Answer, string Tests)[] Mbpp =
    [
        ("def add(x, y):\r\n  return x + y", "assert add(1, 2) == 3\nassert add(-1, 1) == 0\nassert add('a', 'b') == 'ab'"),
        ("import re\ndef words(text):\n  return re.findall(r'\\w+', text)", "assert words('a b') == ['a', 'b']\nassert words('') == []"),
        ("def sum(x, y):\n  return x + y", "assert sum(1, 2) == 3\nassert sum(0, 0) == 0"),
        (
            "class Pair(object):\n  def __init__(self, a, b):\n    self.a = a\n    self.b = b\ndef longest(pairs):\n"
                + "  return max(p.b - p.a for p in pairs)",
            "assert longest([Pair(1, 5), Pair(2, 9)]) == 7\nassert longest([Pair(0, 0)]) == 0"
        ),
        ("def odd(n):\n  return tuple(i for i in range(n) if i % 2)", "assert odd(6) == (1, 3, 5)\nassert set(odd(4)) == {1, 3}"),
        ("from collections import Counter\ndef count(l):\n  return Counter(l)", "assert count('aab') == {'a': 2, 'b': 1}"),
        (
            "def root(x):\n  return x ** 0.5",
            "import math\nassert math.isclose(root(2), 1.4142135, rel_tol=0.001)\nassert root(4) == 2.0"
        ),
        (
            "class Node:\n  def __init__(self, data):\n    self.data = data\n    self.left = self.right = None\ndef size(node):\n"
                + "  return 1 + size(node.left) + size(node.right) if node else 0",
            "root = Node(1)\nroot.left = Node(2)\nroot.left.right = Node(3)\nassert size(root) == 3\nassert size(root.right) == 0"
        ),
    ];

    [SharedFact]
    public async Task HumanEval_OnALoadedMachine_Passes()
    {
        DatasetSplit split = await new FileDatasetSource(Shared.Hub).OpenAsync(
            new DatasetName("openai/openai_humaneval", "openai_humaneval", "test"), CancellationToken.None);
        List<Document> problems = await split.ReadAsync(CancellationToken.None).ToListAsync();
        Assert.Equal(164, problems.Count);
        IEnumerable<(string Answer, string Tests)> programs = problems.Select(p => (
            $"{p.Values["prompt"]}{p.Values["canonical_solution"]}", $"{p.Values["test"]}\ncheck({p.Values["entry_point"]})"));
        await AssertPassAsync(programs, RoundsOfMany);
    }

    [NumpyFact]
    public async Task HumanEvalPlus_OnALoadedMachine_Passes() => await AssertPassAsync(Plus);

    [ToolFact("python3")]
    public async Task Mbpp_OnALoadedMachine_Passes() => await AssertPassAsync(Mbpp);

    private static async Task AssertPassAsync(IEnumerable<(string Answer, string Tests)> programs, int rounds = Rounds)
    {
        Language python = LanguageReader.Get("python", "test");
        using var load = new BusyLoops(perCore: 2);
        await using ProgramSandbox sandbox = await ProgramSandbox.OpenAsync("auto", [python], CancellationToken.None);
        ProgramResult[] results = await Task.WhenAll(Enumerable.Repeat(programs, rounds).SelectMany(p => p).Select(
            p => sandbox.RunAsync(python, p.Answer, p.Tests, python.Limits.ProcessorTime, CancellationToken.None)));
        Assert.Empty(results.Where(r => r.End != ProgramEnd.Passed).Select(r => $"{r.End}: {r.Detail}"));
        Assert.Equal(rounds * programs.Count(), results.Length);
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class NumpyFactAttribute : FactAttribute
    {
        public NumpyFactAttribute() => Skip = PythonFactAttribute.Missing
            ?? (ExternalProgram.Run(PythonFactAttribute.Python, ["-c", "import numpy"]).ExitCode == 0
                ? null!
                : "needs numpy for /usr/bin/python3");
    }
}
