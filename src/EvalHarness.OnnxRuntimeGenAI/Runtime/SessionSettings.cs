using System.Globalization;
using System.Text.Json.Nodes;

namespace EvalHarness.OnnxRuntimeGenAI.Runtime;

/// <summary>The options of ONNX Runtime's session, as JSON to lay over genai_config.json.</summary>
internal static class SessionSettings
{
    /// <summary>
    /// The options that GenAI 0.18 knows by name. It passes on any other name to ONNX Runtime as a configuration entry, such as
    /// session.disable_prepacking, and nothing checks those, so that a misspelt option would do nothing.
    /// </summary>
    private static readonly string[] Known =
    [
        "custom_ops_library", "disable_cpu_ep_fallback", "disable_quant_qdq", "enable_cpu_mem_arena", "enable_mem_pattern",
        "enable_profiling", "enable_quant_qdq_cleanup", "graph_optimization_level", "inter_op_num_threads", "intra_op_num_threads",
        "log_id", "log_severity_level", "log_verbosity_level", "use_env_allocators",
    ];

    internal static string Overlay(GenAiOptions options)
    {
        int threads = Math.Max(1, (options.Threads ?? Environment.ProcessorCount) / options.Workers);
        var session = new JsonObject { ["intra_op_num_threads"] = threads };
        foreach ((string name, string value) in options.SessionOptions)
            session[name] = Value(name, value);
        return new JsonObject
        {
            ["model"] = new JsonObject { ["decoder"] = new JsonObject { ["session_options"] = session } },
        }.ToJsonString();
    }

    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: there is no such option.</exception>
    internal static void Require(string option, string name)
    {
        if (!Known.Contains(name) && !name.Contains('.', StringComparison.Ordinal))
            throw new EvalException(
                ExitCode.Usage,
                $"{option} {name}: there is no such session option; expected {string.Join(", ", Known)}, "
                + "or a configuration entry of ONNX Runtime, whose name has a dot");
    }

    /// <summary>Configuration entries are texts; of the named options some are numbers and some are true or false.</summary>
    private static JsonValue Value(string name, string value) => name.Contains('.', StringComparison.Ordinal) ? JsonValue.Create(value)
        : int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? JsonValue.Create(number)
        : bool.TryParse(value, out bool flag) ? JsonValue.Create(flag)
        : JsonValue.Create(value);
}
