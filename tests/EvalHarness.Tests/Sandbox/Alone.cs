namespace EvalHarness.Tests.Sandbox;

/// <summary>Tests that load the whole machine, or look at all of it, and so run when no other does.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
