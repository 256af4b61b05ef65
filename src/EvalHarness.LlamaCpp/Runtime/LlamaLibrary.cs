using System.Runtime.InteropServices;
using LLama.Exceptions;
using LLama.Native;

namespace EvalHarness.LlamaCpp.Runtime;

/// <summary>llama.cpp's native libraries, which lie beside this assembly. What they log reaches no terminal.</summary>
internal static class LlamaLibrary
{
    private static readonly Lazy<IReadOnlyDictionary<string, string>> Loaded = new(() => Load());

    private const string LoadError = "error loading model: ";

    /// <summary>
    /// The first line that llama.cpp logged as an error on this thread, which says the cause. Those after it say that more has failed.
    /// </summary>
    [ThreadStatic]
    private static string? _firstError;

    /// <summary>The versions of LLamaSharp and of ggml, in which llama.cpp computes, and the libraries that fit this processor.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Environment"/>: the libraries are missing, or do not load.</exception>
    internal static IReadOnlyDictionary<string, string> Versions => Loaded.Value;

    /// <summary>Does something that llama.cpp may refuse.</summary>
    /// <param name="action">What llama.cpp is asked to do.</param>
    /// <param name="failed">Makes an exception of what llama.cpp says of its refusal.</param>
    internal static T Run<T>(Func<T> action, Func<string, Exception, Exception> failed)
    {
        _ = Versions;
        _firstError = null;
        try
        {
            return action();
        }
        catch (Exception e) when (e is RuntimeError or LoadWeightsFailedException)
        {
            throw failed(_firstError ?? e.Message, e);
        }
    }

    private static Dictionary<string, string> Load()
    {
        string folder = Path.GetDirectoryName(typeof(LlamaLibrary).Assembly.Location)!;
        string natives = Path.Combine(folder, "runtimes");
        if (!Directory.Exists(natives))
            throw Missing($"there is no folder {natives}");
        NativeLibraryConfig.All
            .WithCuda(false)
            .WithVulkan(false)
            // Without it LLamaSharp looks in the current folder first.
            .WithSearchDirectory(folder)
            .WithLogCallback(Log);
        try
        {
            NativeApi.llama_empty_call();
        }
        catch (Exception e) when (e is TypeInitializationException or DllNotFoundException or RuntimeError)
        {
            throw Missing($"none of those in {natives} loads on this machine");
        }

        // LLamaSharp falls back to a library of that name somewhere on this machine, of any version.
        if (NativeApi.GetLoadedNativeLibrary(NativeLibraryName.LLama)?.Metadata is not { } metadata)
            throw Missing($"{natives} has none for this machine");
        return new Dictionary<string, string>
        {
            // The assembly itself says 0.0.0.0.
            ["LLamaSharp"] = InstalledPackage.Version(typeof(LlamaLibrary).Assembly, "LLamaSharp"),
            ["ggml"] = GgmlVersion(natives),
            ["runtime flavour"] = $"cpu {metadata.AvxLevel}".ToLowerInvariant(),
        };
    }

    private static EvalException Missing(string what) => new(
        ExitCode.Environment, $"--model: llama.cpp's native libraries do not load: {what}; unpack the package EvalHarness.LlamaCpp again");

    private static void Log(LLamaLogLevel level, string message)
    {
        if (level != LLamaLogLevel.Error || string.IsNullOrWhiteSpace(message))
            return;
        int cause = message.IndexOf(LoadError, StringComparison.Ordinal);
        _firstError ??= (cause < 0 ? message : message[(cause + LoadError.Length)..]).Trim();
    }

    /// <summary>The version and the commit that the library of these numbers' kernels was built from.</summary>
    private static unsafe string GgmlVersion(string natives)
    {
        string? file = Directory
            .EnumerateFiles(natives, OperatingSystem.IsWindows() ? "ggml-base.dll" : "libggml-base.*", SearchOption.AllDirectories)
            .FirstOrDefault(f => NativeLibrary.TryLoad(f, out _));
        if (file is null)
            return "unknown";
        nint library = NativeLibrary.Load(file);
        string Call(string function) => NativeLibrary.TryGetExport(library, function, out nint address)
            ? Marshal.PtrToStringUTF8((nint)((delegate* unmanaged[Cdecl]<byte*>)address)()) ?? "unknown"
            : "unknown";
        return $"{Call("ggml_version")} ({Call("ggml_commit")})";
    }
}
