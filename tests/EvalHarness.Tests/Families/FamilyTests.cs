namespace EvalHarness.Tests.Families;

/// <summary>
/// The families of models that people bring, each as a small random graph with a real vocabulary: what the engine computes is what plain
/// numpy computes, and what it computes without sharing.
/// </summary>
[Trait("Speed", "slow")]
public sealed class FamilyTests(FamilyMeasurements measurements) : IClassFixture<FamilyMeasurements>
{
    /// <summary>Model types of families that have a graph here under another type.</summary>
    private static readonly (string Family, string Type)[] Unknown =
        [("mixtral", "mixtral"), ("olmo-2", "olmo2"), ("mixtral", "qwen3_moe")];

    public static TheoryData<string> Names => [.. FamilyCase.All.Select(f => f.Name)];

    [FamilyTheory]
    [MemberData(nameof(Names))]
    public async Task Family_IsComputedAsNumpyDoes(string name)
    {
        FamilyCase family = FamilyCase.All.Single(f => f.Name == name);
        FamilyMeasurement result = await measurements.OfAsync(family);
        bool whole = ((string[])[result.Reference, result.LogLikelihoods, result.Generation, result.PrefixReuse])
            .All(word => word == FamilyMeasurement.Right);
        Assert.True(whole == family.Trouble is null, string.Join('\n', result.Details.Prepend($"{name}: {result}")));
    }

    /// <summary>The engine's ids and texts are those of the model's maker.</summary>
    [FamilyTheory]
    [MemberData(nameof(Names))]
    public async Task Ids_AreThoseOfHuggingFace(string name)
    {
        FamilyIds ids = (await measurements.OfAsync(FamilyCase.All.Single(f => f.Name == name))).Ids;
        Assert.Equal(ids with { SameIds = ids.Texts, SameText = ids.Texts }, ids);
    }

    /// <summary>The page is copied from where this test leaves it, after somebody has read what changed.</summary>
    [FamilyFact]
    public async Task Page_IsWhatIsMeasured()
    {
        var rows = new List<(FamilyCase, FamilyMeasurement)>();
        foreach (FamilyCase family in FamilyCase.All)
            rows.Add((family, await measurements.OfAsync(family)));
        string page = FamilyPage.Write(rows, [.. Unknown.Select(u => (u.Type, FamilyMeasurements.Refusal(u.Family, u.Type)))]);
        File.WriteAllText(FamilyPage.Measured, page);
        Assert.True(
            File.Exists(FamilyPage.Committed) && File.ReadAllText(FamilyPage.Committed) == page,
            $"{FamilyPage.Committed} is not what was measured; read {FamilyPage.Measured} and copy it there");
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class FamilyTheoryAttribute : TheoryAttribute
    {
        public FamilyTheoryAttribute() => Skip = FamilyModel.Missing!;
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class FamilyFactAttribute : FactAttribute
    {
        public FamilyFactAttribute() => Skip = FamilyModel.Missing!;
    }
}
