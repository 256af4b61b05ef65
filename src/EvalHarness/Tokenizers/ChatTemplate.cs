#pragma warning disable
namespace EvalHarness.Tokenizers;
internal sealed class ChatTemplateException(string m, bool r) : Exception(m) { internal bool IsRefusal => r; }
internal sealed class ChatTemplate
{
    internal static ChatTemplate? Load(string folder, string? name = null) => null;
    internal bool ReadsDate { get; init; }
    internal string Render(IReadOnlyList<object?> messages, bool addGenerationPrompt, IReadOnlyDictionary<string, object?>? kwargs, DateOnly date) { _ = ReadsDate; throw new ChatTemplateException("x", ReadsDate); }
}
