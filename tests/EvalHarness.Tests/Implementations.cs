using System.Reflection;

namespace EvalHarness.Tests;

/// <summary>Finds the classes that a contract test must cover.</summary>
internal static class Implementations
{
    /// <summary>The project's assemblies, without this one: implementations in the tests are there to fail or to record.</summary>
    private static readonly Assembly[] Assemblies =
    [
        .. Directory.GetFiles(AppContext.BaseDirectory, "*.dll")
            .Where(f => Path.GetFileName(f).StartsWith("evalharness", StringComparison.OrdinalIgnoreCase))
            .Select(Assembly.LoadFrom)
            .Where(a => a != typeof(Implementations).Assembly),
    ];

    /// <summary>Classes of the project that implement <typeparamref name="T"/>, nested and internal ones too, by full name.</summary>
    internal static IReadOnlyList<Type> Of<T>()
    {
        Assert.Contains(typeof(EvalException).Assembly, Assemblies);
        Assert.Contains(typeof(EvalHarness.Cli.Program).Assembly, Assemblies);
        return
        [
            .. Assemblies.SelectMany(a => a.GetTypes())
                .Where(t => t is { IsClass: true, IsAbstract: false } && typeof(T).IsAssignableFrom(t))
                .OrderBy(t => t.FullName, StringComparer.Ordinal),
        ];
    }
}
