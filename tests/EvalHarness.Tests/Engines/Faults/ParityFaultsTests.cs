using EvalHarness.OnnxRuntimeGenAI.Parity;

namespace EvalHarness.Tests.Engines.Faults;

/// <summary>Each fault is found on the CPU, in the forms of computing that have it, and not in the same graph without it.</summary>
[Trait("Speed", "slow")]
public sealed class ParityFaultsTests
{
    private static readonly ParityTrial Trial = new(Shared.Repository);

    public static TheoryData<string> Names => [.. PlantedFault.All.Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Fault_OnAnyWeights_IsFoundInItsForms_AndItsTwinIsNot(string name)
    {
        PlantedFault fault = PlantedFault.All.Single(f => f.Name == name);
        // The study has more weights.
        foreach (int seed in (int[])[1, 2])
        {
            ParityReport twin = Trial.Run(fault.Base(seed), fault.Twin(seed)), faulty = Trial.Run(fault.Base(seed), fault.Faulty(seed));
            Assert.True(twin.Verdict == ParityVerdict.Parity, string.Join('\n', twin.Failures.Prepend($"the twin of seed {seed}")));
            Assert.Equal(ParityVerdict.NotParity, faulty.Verdict);
            Assert.All(fault.In, form => Assert.True(ParityTrial.IsOutside(faulty, form), $"seed {seed}: {form} is inside"));
            if (!fault.In.Contains(ParityForm.Whole))
                Assert.False(ParityTrial.IsOutside(faulty, ParityForm.Whole), string.Join('\n', faulty.Failures));
        }
    }
}
