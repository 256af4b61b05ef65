using System.Reflection;
using Microsoft.Extensions.DependencyModel;

namespace EvalHarness;

/// <summary>The packages that the program was built with, as its deps.json lists them.</summary>
internal static class InstalledPackage
{
    /// <summary>
    /// The version that restore chose; an assembly may say another one, or none. "unknown" for a package that the program lacks.
    /// </summary>
    /// <param name="names">The first of them that the program has counts.</param>
    public static string Version(params IReadOnlyList<string> names) => Version(DependencyContext.Default, names);

    /// <summary>As <see cref="Version(IReadOnlyList{string})"/>, of a plugin, whose own deps.json lies beside it.</summary>
    public static string Version(Assembly plugin, string name) =>
        Version(DependencyContext.Load(plugin) ?? DependencyContext.Default, [name]);

    private static string Version(DependencyContext? packages, IReadOnlyList<string> names) =>
        packages?.RuntimeLibraries.FirstOrDefault(l => names.Contains(l.Name, StringComparer.OrdinalIgnoreCase))?.Version ?? "unknown";
}
