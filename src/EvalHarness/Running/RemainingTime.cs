using EvalHarness.Engines;

namespace EvalHarness.Running;

/// <summary>
/// How long a run still takes, by tokens: prompts at the rate of prompts, completions at the rate of completions, and what is not
/// the model in proportion. Requests would say little: one may cost a thousand times another.
/// </summary>
internal sealed class RemainingTime
{
    /// <summary>Before any token was generated: one costs as much as so many of a prompt. Measured rates soon replace it.</summary>
    private const double TokensPerGenerated = 10;

    private readonly Queue<TaskWork> _later;
    private readonly double _startedPlanned;
    private TaskWork? _current;
    private double _currentPart;
    private double _charactersBefore;
    private int _completionsLeft;
    private long _completionsDone;

    /// <param name="tasks">In the order of the run.</param>
    /// <param name="usage">Before the run.</param>
    internal RemainingTime(IEnumerable<TaskWork> tasks, EngineUsage usage) =>
        (_later, _startedPlanned) = (new Queue<TaskWork>(tasks), usage.PromptTokensPlanned);

    /// <param name="part">Of the next task, that is not answered yet: 0 to 1.</param>
    internal void StartTask(double part)
    {
        _charactersBefore += _current is null ? 0 : _current.Characters * _currentPart;
        (_current, _currentPart) = (_later.Dequeue(), part);
        _completionsLeft = (int)Math.Round(_current.Completions * part);
    }

    internal void Completed()
    {
        if (_completionsLeft > 0)
            _completionsLeft--;
        _completionsDone++;
    }

    /// <param name="usage">Of the run so far.</param>
    /// <param name="elapsed">Since the run began.</param>
    /// <returns>Null before a rate is known.</returns>
    internal TimeSpan? Estimate(EngineUsage usage, TimeSpan elapsed)
    {
        if (_current is null || usage.PromptTokensComputed == 0 || usage.PrefillSeconds <= 0)
            return null;
        double planned = usage.PromptTokensPlanned - _startedPlanned;
        double charactersPlanned = _charactersBefore + (_current.Characters * _currentPart);
        double tokensPerCharacter = charactersPlanned > 0 ? planned / charactersPlanned : 0;
        double prompt = Math.Max(0, planned - usage.PromptTokensComputed) + (_later.Sum(t => t.Characters) * tokensPerCharacter);
        double secondsPerPromptToken = usage.PrefillSeconds / usage.PromptTokensComputed;
        double secondsPerGenerated = usage.TokensGenerated > 0
            ? usage.DecodeSeconds / usage.TokensGenerated
            : secondsPerPromptToken * TokensPerGenerated;
        double model = (prompt * secondsPerPromptToken) + (CompletionTokensLeft(usage) * secondsPerGenerated);
        // Workers, and what is not the model: as much beside each second of it as so far.
        return TimeSpan.FromSeconds(model * elapsed.TotalSeconds / usage.ModelSeconds);
    }

    /// <summary>As long on average as those so far; before there are any, half of what they may have.</summary>
    private double CompletionTokensLeft(EngineUsage usage)
    {
        if (_completionsDone > 0)
            return (double)usage.TokensGenerated / _completionsDone * (_completionsLeft + _later.Sum(t => t.Completions));
        double current = _current!.Completions == 0 ? 0 : (double)_current.CompletionTokens * _completionsLeft / _current.Completions;
        return (current + _later.Sum(t => t.CompletionTokens)) / 2;
    }
}
