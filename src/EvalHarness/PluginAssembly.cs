using System.Reflection;
using System.Runtime.Loader;
using Microsoft.Extensions.AI;

namespace EvalHarness;

/// <summary>
/// A .NET assembly that joins the program while it runs: graders or engines of the user's, or an engine of a package of its own. The
/// assemblies and native libraries that it depends on are loaded from its folder.
/// </summary>
internal sealed class PluginAssembly
{
    private static readonly Lock Loading = new();
    private static readonly Dictionary<string, PluginAssembly> Loaded = [];

    private readonly string _path;
    private readonly Assembly _assembly;

    private PluginAssembly(string path, Assembly assembly) => (_path, _assembly) = (path, assembly);

    /// <summary>Loads an assembly, once for all that ask for it.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Environment"/>: there is no such file, or it is no .NET assembly.</exception>
    public static PluginAssembly Load(string path)
    {
        string full = Path.GetFullPath(path);
        if (!File.Exists(full))
            throw new EvalException(ExitCode.Environment, $"--plugin {path}: there is no such file; expected a .NET assembly (.dll)");
        lock (Loading)
        {
            if (!Loaded.TryGetValue(full, out PluginAssembly? plugin))
            {
                Assembly assembly = Guarded(path, () => new PluginContext(full).LoadFromAssemblyPath(full));
                Loaded[full] = plugin = new PluginAssembly(path, assembly);
            }

            return plugin;
        }
    }

    /// <summary>An object of each public class that implements <typeparamref name="T"/> and has a parameterless constructor.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Environment"/>: the assembly was built against another version of EvalHarness, or a constructor throws.
    /// </exception>
    public IReadOnlyList<T> Create<T>() => Guarded<T[]>(_path, () =>
    [
        .. _assembly.GetExportedTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false }
                && typeof(T).IsAssignableFrom(type)
                && type.GetConstructor([]) is not null)
            .Select(type => (T)Activator.CreateInstance(type)!),
    ]);

    private static TResult Guarded<TResult>(string path, Func<TResult> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is BadImageFormatException or FileLoadException or FileNotFoundException or TypeLoadException
            or TargetInvocationException)
        {
            throw new EvalException(
                ExitCode.Environment,
                $"--plugin {path}: cannot be loaded: {(e.InnerException ?? e).Message}; "
                + "expected a .NET assembly built against this version of EvalHarness",
                e);
        }
    }

    private sealed class PluginContext(string path) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(path))
    {
        private static readonly Assembly[] Common = [typeof(PluginAssembly).Assembly, typeof(IChatClient).Assembly];

        private readonly AssemblyDependencyResolver _resolver = new(path);

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            // A plugin must see the same interfaces as the harness, even if a copy of EvalHarness.Core.dll lies in the plugin's folder, or
            // one of the assembly whose chat clients it hands to the harness.
            if (Array.Find(Common, a => a.GetName().Name == assemblyName.Name) is { } common)
                return common;
            return _resolver.ResolveAssemblyToPath(assemblyName) is { } file ? LoadFromAssemblyPath(file) : null;
        }

        protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
            _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } file ? LoadUnmanagedDllFromPath(file) : 0;
    }
}
