namespace EvalHarness.OnnxRuntimeGenAI.Parity;

/// <summary>What the forms are called on the screen.</summary>
internal static class ParityWords
{
    internal static string Of(ParityForm form, int batch) => form switch
    {
        ParityForm.Whole => "as a whole",
        ParityForm.Vocabulary => "over the vocabulary",
        ParityForm.Pieces => "in pieces",
        ParityForm.Steps => "token by token",
        ParityForm.Rewind => "after a rewind",
        ParityForm.RewindAfterSteps => "after decoding and a rewind",
        ParityForm.StepsAfterRewind => "token by token after a rewind",
        ParityForm.RewindToFirst => "after a rewind to the first token",
        ParityForm.Batch => batch > 1 ? $"as prompts of a batch of {batch}" : "as prompts of a batch",
        ParityForm.BatchSteps => $"as steps of a batch of {batch}",
        _ => "the likeliest tokens",
    };
}
