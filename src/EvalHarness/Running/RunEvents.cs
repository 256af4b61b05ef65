namespace EvalHarness.Running;

/// <summary>How far a run is.</summary>
/// <param name="Task">Being answered.</param>
/// <param name="Done">Requests answered in the whole run.</param>
/// <param name="Total">Requests of the whole run.</param>
/// <param name="Errored">Requests without an answer.</param>
public readonly record struct RunProgress(string Task, int Done, int Total, int Errored);
