namespace EvalHarness.Planning;

/// <summary>
/// One piece of the walk. The engine rewinds to <paramref name="Start"/> tokens, appends the next <paramref name="Length"/>
/// tokens of sequence <c>Order[First]</c> and, if <paramref name="Read"/> is set, reads their logits.
/// </summary>
/// <param name="Start">The number of tokens before this piece. Earlier pieces have computed them.</param>
/// <param name="Length">The number of tokens appended, at least 2 unless a sequence consists of a single token.</param>
/// <param name="Read">Whether a sequence that passes through this piece needs its logits.</param>
/// <param name="First">The sequences that pass through this piece are <c>Order[First..Last]</c>.</param>
/// <param name="Last">The exclusive end of the range that begins with <paramref name="First"/>.</param>
/// <param name="Ends">The sequences <c>Order[First..Ends]</c> end with this piece.</param>
internal readonly record struct PlanStep(int Start, int Length, bool Read, int First, int Last, int Ends);

/// <summary>The number of tokens that a plan asks for and computes.</summary>
/// <param name="Asked">The sum of the sequences' lengths.</param>
/// <param name="Unique">The number of nodes of the sequences' trie, below which no plan can go.</param>
/// <param name="Computed">The tokens that the walk appends: the unique ones, and those that it computes a second time.</param>
internal readonly record struct PlanTokens(long Asked, long Unique, long Computed);
