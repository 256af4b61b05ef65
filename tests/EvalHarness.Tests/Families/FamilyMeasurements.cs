using System.Collections.Concurrent;
using EvalHarness.OnnxRuntimeGenAI.Runtime;

namespace EvalHarness.Tests.Families;

/// <summary>Measures each family once for all tests of a class.</summary>
public sealed class FamilyMeasurements
{
    private readonly ConcurrentDictionary<string, Lazy<Task<FamilyMeasurement>>> _taken = new();

    internal Task<FamilyMeasurement> OfAsync(FamilyCase family) =>
        _taken.GetOrAdd(family.Name, _ => new Lazy<Task<FamilyMeasurement>>(() => FamilyMeasurement.TakeAsync(family))).Value;

    /// <summary>What the runtime says of a model type that it does not know, by a model that it knows under another type.</summary>
    internal static string Refusal(string family, string type)
    {
        using var model = new FamilyModel(FamilyCase.All.Single(f => f.Name == family), type);
        EvalException refused = Assert.Throws<EvalException>(() => LoadedModel.Load(model.Folder, new GenAiOptions()).Dispose());
        Assert.Equal(ExitCode.Model, refused.ExitCode);
        return refused.InnerException!.Message;
    }
}
