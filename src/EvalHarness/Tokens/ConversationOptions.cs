namespace EvalHarness.Tokens;

/// <summary>How conversations are rendered with a model's chat template.</summary>
internal sealed record ConversationOptions
{
    /// <summary>The name of one of the model's chat templates; null for its default one.</summary>
    public string? Template { get; init; }

    /// <summary>Variables for the template, by name.</summary>
    public IReadOnlyDictionary<string, object?> Arguments { get; init; } = new Dictionary<string, object?>();

    /// <summary>The day that the template sees as today; null for the present one.</summary>
    public DateOnly? Date { get; init; }

    /// <summary>Tells the present day.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Receives one line of text for what the user should know.</summary>
    public Action<string> Announce { get; init; } = _ => { };
}
