using System.Text.RegularExpressions;

namespace EvalHarness.Results;

/// <summary>How result files that other programs read name the model of a run.</summary>
/// <param name="Name">ORG/NAME where it is known, else the folder or file; the model's own name for an endpoint.</param>
/// <param name="Arguments">KEY=VALUE, with commas between, as lm-evaluation-harness takes <c>--model_args</c>.</param>
/// <remarks>Source: GeneralConfigTracker in lm-evaluation-harness's evaluation_tracker.py; sanitize_model_name in its utils.py.</remarks>
internal sealed partial record ModelReference(string Name, string Arguments)
{
    /// <summary>The name of the folder that has the model's files.</summary>
    public string Sanitized => NotInNames().Replace(Name, "__");

    public static ModelReference Of(Manifest manifest)
    {
        string? id = IdOf(manifest);
        string path = manifest.Model.ModelPath;
        string? type = manifest.Model.Details?.DataType;
        if (manifest.Model.Adapter is { } adapter)
        {
            string name = id ?? manifest.Model.ModelName;
            string baseModel = manifest.Model.Details?.Id ?? path;
            return new ModelReference(name, $"pretrained={baseModel},peft={adapter.Name}{(type is null ? "" : $",dtype={type}")}");
        }

        if (!RunOptions.IsEndpoint(path))
            return new ModelReference(id ?? path, $"pretrained={id ?? path}{(type is null ? "" : $",dtype={type}")}");
        string[] address = path[RunOptions.EndpointPrefix.Length..].Split('#', 2);
        string pretrained = manifest.Options.ModelId is { } given ? $"pretrained={given}," : "";
        return new ModelReference(id ?? address[^1], $"{pretrained}model={address[^1]},base_url={address[0]}");
    }

    /// <summary>
    /// ORG/NAME, as the user gave it or as the engine knows it; null where the model is only a folder or a file, or has an adapter: the
    /// engine knows the name of the model below it alone.
    /// </summary>
    public static string? IdOf(Manifest manifest) =>
        manifest.Options.ModelId ?? (manifest.Model.Adapter is null ? manifest.Model.Details?.Id : null);

    [GeneratedRegex("""["<>:/|\\?*\[\]]+""")]
    private static partial Regex NotInNames();
}
