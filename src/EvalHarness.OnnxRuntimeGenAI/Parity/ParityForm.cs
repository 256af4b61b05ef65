namespace EvalHarness.OnnxRuntimeGenAI.Parity;

/// <summary>The ways in which the engine computes a sequence. All of them must give the same logits.</summary>
internal enum ParityForm
{
    /// <summary>A new session and one append, or as few as memory allows: what the other forms are compared with.</summary>
    Whole,

    /// <summary>As <see cref="Whole"/>, of tokens from all over the vocabulary instead of the text: a wrong embedding shows.</summary>
    Vocabulary,

    /// <summary>A new session and several appends of the sizes that the engine cuts prompts into.</summary>
    Pieces,

    /// <summary>A prompt, then token by token, as completions are computed.</summary>
    Steps,

    /// <summary>Half of the sequence, a detour of other tokens at once, a rewind to the half, and the rest.</summary>
    Rewind,

    /// <summary>A detour of other tokens one by one, as a completion is, a rewind, and the rest at once.</summary>
    RewindAfterSteps,

    /// <summary>A rewind over a detour, and the rest one by one.</summary>
    StepsAfterRewind,

    /// <summary>A rewind to the first token, over a detour, and all the rest.</summary>
    RewindToFirst,

    /// <summary>A row of a batch of prompts of different lengths, which are padded.</summary>
    Batch,

    /// <summary>The tokens that the runtime generates in such a batch.</summary>
    BatchSteps,

    /// <summary>The likeliest tokens after a prompt, one by one and alone; what <see cref="BatchSteps"/> is compared with.</summary>
    Greedy,
}
