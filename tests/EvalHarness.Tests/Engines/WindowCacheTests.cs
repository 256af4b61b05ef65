using EvalHarness.OnnxRuntimeGenAI.Inspection;

namespace EvalHarness.Tests.Engines;

/// <summary>Which models have caches that hold a sliding window alone; how they are computed is in the tests of families.</summary>
public sealed class WindowCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("""{"window_size": 512, "slide_key_value_cache": false, "slide_inputs": false, "layers": [0, 1], "cache_slack": 0}""", 512)]
    [InlineData("""{"window_size": 512, "slide_key_value_cache": false, "slide_inputs": false}""", 512)]
    [InlineData("""{"window_size": 512}""", 0)]
    [InlineData("""{"window_size": 512, "slide_key_value_cache": true, "slide_inputs": false}""", 0)]
    [InlineData("""{"window_size": 0, "slide_key_value_cache": false, "slide_inputs": false}""", 0)]
    [InlineData("""{"slide_key_value_cache": false, "slide_inputs": false}""", 0)]
    [InlineData("null", 0)]
    public void Window_OfCachesAlone_IsFound(string block, int window) => Assert.Equal(window, Read(block).Window);

    [Theory]
    [InlineData("""{"window_size": "wide"}""")]
    [InlineData("""{"window_size": 512, "slide_inputs": "no", "slide_key_value_cache": false}""")]
    [InlineData("7")]
    public void Window_Unreadable_IsSaidWithItsFile(string block)
    {
        EvalException thrown = Assert.Throws<EvalException>(() => Read(block));
        Assert.Equal(ExitCode.Model, thrown.ExitCode);
        Assert.StartsWith(_folder["genai_config.json"], thrown.Message, StringComparison.Ordinal);
    }

    private ModelConfig Read(string block)
    {
        _folder.Write("genai_config.json", $$"""
            {
              "model": {
                "type": "mistral", "context_length": 4096, "vocab_size": 32000, "eos_token_id": 2,
                "decoder": { "sliding_window": {{block}} }
              }
            }
            """);
        return ModelConfig.Read(_folder.Path);
    }

    public void Dispose() => _folder.Dispose();
}
