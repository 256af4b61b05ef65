using Mono.Cecil;

namespace EvalHarness.Tests.Architecture;

/// <summary>The rooms of a compiled assembly, and which room uses which. A room is a namespace, which is also a folder.</summary>
internal sealed class AssemblyRooms
{
    private AssemblyRooms(ModuleDefinition module)
    {
        TypeDefinition[] types = [.. module.Types.Where(IsOwn)];
        Names = [.. types.Select(t => t.Namespace).Distinct().Order(StringComparer.Ordinal)];
        Uses =
        [
            .. from type in types
               from used in TypeUses.Of(type).Select(Outermost).Distinct()
               where used.Scope == module && IsOwn(used) && used.Namespace != type.Namespace
               select (type.Namespace, used.Namespace, type.Name, used.Name),
        ];
        Arrows = [.. Uses.Select(u => (u.From, u.To)).Distinct()];
    }

    internal IReadOnlyList<string> Names { get; }

    /// <summary>Each pair of types of which one uses the other from another room.</summary>
    internal IReadOnlyList<(string From, string To, string Type, string Used)> Uses { get; }

    /// <summary>Each pair of rooms of which one uses the other.</summary>
    internal IReadOnlyList<(string From, string To)> Arrows { get; }

    /// <param name="file">The path of an assembly, which may be of another commit than this test.</param>
    internal static AssemblyRooms Read(string file)
    {
        using var module = ModuleDefinition.ReadModule(file);
        return new AssemblyRooms(module);
    }

    /// <summary>The groups of two or more rooms in which every room reaches every other one by arrows.</summary>
    internal static IReadOnlyList<string[]> Circles(IReadOnlyList<(string From, string To)> arrows)
    {
        string[] names = [.. arrows.SelectMany(a => (string[])[a.From, a.To]).Distinct()];
        HashSet<(string From, string To)> reached = [.. arrows];
        foreach (string middle in names)
        {
            foreach (string from in names.Where(n => reached.Contains((n, middle))))
                reached.UnionWith(names.Where(to => reached.Contains((middle, to))).Select(to => (from, to)));
        }

        return
        [
            .. names
                .GroupBy(a => names.First(b => a == b || (reached.Contains((a, b)) && reached.Contains((b, a)))))
                .Where(circle => circle.Count() > 1)
                .Select(circle => circle.ToArray()),
        ];
    }

    /// <summary>Leaves out the types that the compiler adds in namespaces of other names, or in none.</summary>
    private static bool IsOwn(TypeReference type) => type.Namespace.StartsWith("EvalHarness", StringComparison.Ordinal);

    private static TypeReference Outermost(TypeReference type) => type.DeclaringType is { } outer ? Outermost(outer) : type;
}
