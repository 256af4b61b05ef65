using EvalHarness.OnnxRuntimeGenAI.Engine;
using Xunit.Abstractions;

namespace EvalHarness.Tests.Architecture;

/// <summary>
/// Prints how many rooms an assembly has, how many arrows lead from one room to another, and which rooms use each other in a circle.
/// tests/count-rooms.sh shows the output, also for the assembly of another commit.
/// </summary>
public sealed class RoomCountTests(ITestOutputHelper output)
{
    /// <summary>The environment variable with the path of an assembly. Without it, the assemblies of this build are counted.</summary>
    private const string Variable = "ROOMS_OF";

    [Fact]
    public void Rooms_AreCounted()
    {
        string[] files = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } file
            ? [file]
            : [typeof(EvalException).Assembly.Location, typeof(GenAiEngine).Assembly.Location];
        foreach (string assembly in files)
        {
            var rooms = AssemblyRooms.Read(assembly);
            IReadOnlyList<string[]> circles = AssemblyRooms.Circles(rooms.Arrows);
            Assert.NotEmpty(rooms.Names);
            output.WriteLine($"{assembly}: {rooms.Names.Count} namespaces, {rooms.Arrows.Count} arrows, {circles.Count} circles");
            foreach (string[] circle in circles)
                output.WriteLine($"circle of {circle.Length}: {string.Join(", ", circle)}");
        }
    }

    [Fact]
    public void Circles_AreRoomsThatReachEachOther()
    {
        (string From, string To)[] arrows = [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "e"), ("f", "g"), ("g", "f")];
        IEnumerable<string> circles = AssemblyRooms.Circles(arrows).Select(c => string.Join(' ', c.Order(StringComparer.Ordinal)));
        Assert.Equal(["a b c", "f g"], circles);
        Assert.Empty(AssemblyRooms.Circles([("a", "b"), ("a", "c"), ("b", "c")]));
    }
}
