using EvalHarness.OnnxRuntimeGenAI.Parity;

namespace EvalHarness.Tests.Engines.Faults;

/// <summary>A mistake, and models with it and without it that are the same otherwise.</summary>
internal sealed partial record PlantedFault
{
    /// <summary>What is wrong, in words.</summary>
    internal required string Name { get; init; }

    /// <summary>The forms of computing that show the fault: where <see cref="ParityForm.Whole"/> is not among them, it is right.</summary>
    internal IReadOnlyList<ParityForm> In { get; init; } = [ParityForm.Whole];

    internal Architecture Architecture { get; init; } = new();

    /// <summary>The form of the faulty model and of its clean twin.</summary>
    internal GraphForm Form { get; init; } = new() { Norm = NormForm.Decomposed };

    /// <summary>Changes the base and the twin too, where the fault needs weights of its own; the mathematics stays the same.</summary>
    internal Func<ModelWeights, Architecture, ModelWeights> Prepare { get; init; } = (weights, _) => weights;

    /// <summary>Makes the twin faulty.</summary>
    internal required Func<PlantedModel, PlantedModel> Plant { get; init; }

    /// <summary>The form of the twin; null for that of the faulty model.</summary>
    internal GraphForm? TwinForm { get; init; }

    /// <summary>The form of the base.</summary>
    internal GraphForm BaseForm { get; init; } = new();

    internal PlantedModel Base(int seed) => new()
    {
        Architecture = Architecture,
        Weights = Prepare(ModelWeights.Random(Architecture, seed), Architecture),
        Form = BaseForm,
    };

    internal PlantedModel Twin(int seed) => Base(seed) with { Form = TwinForm ?? Form };

    internal PlantedModel Faulty(int seed) => Plant(Base(seed) with { Form = Form });
}
