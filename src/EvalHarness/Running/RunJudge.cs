using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Results;
using EvalHarness.Scoring.Judging;

namespace EvalHarness.Running;

/// <summary>
/// The judge of a run: an engine that answers what its journal has no answer to. The run is checked before the judge is opened, and grades
/// nothing before <see cref="Start"/>.
/// </summary>
internal sealed class RunJudge : IJudge
{
    private IEngine? _engine;
    private Account? _account;
    private Journal? _journal;
    private IProgress<RunProgress>? _progress;
    private TokenCount _given = TokenCount.None;

    /// <summary>What this start has answered: a decision grades some documents several times.</summary>
    private readonly HashSet<RequestKey> _answered = [];

    /// <summary>Null until it is opened.</summary>
    internal EngineDescription? Description => _engine?.Description;

    /// <summary>The tokens of its answers, those of earlier starts included; null before <see cref="Start"/>.</summary>
    internal TokenCount? Tokens => _journal is null ? null : _journal.FinishedTokens + _given;

    /// <param name="engine">The model that judges.</param>
    /// <param name="account">Pays for it; null where no prices are given.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: it cannot be asked in conversations.</exception>
    internal void Open(IEngine engine, Account? account)
    {
        // Here, and not after hours of answers: a model without a chat template judges nothing.
        _ = engine.Render(Prompt.FromMessages([new ChatMessage("user", "?")], isPrefilled: false));
        (_engine, _account) = (engine, account);
    }

    /// <param name="journal">Has the answers of earlier starts, and keeps those of this one.</param>
    /// <param name="progress">Is told how far it is; may be null.</param>
    internal void Start(Journal journal, IProgress<RunProgress>? progress)
    {
        (_journal, _progress) = (journal, progress);
        _account?.CountEarlier(journal.FinishedTokens);
    }

    public async Task<IReadOnlyList<Response>> AskAsync(IReadOnlyList<GenerateRequest> requests, CancellationToken cancellationToken)
    {
        if (_engine is not { } engine || _journal is not { } journal)
            throw new InvalidOperationException("The judge of the run is not opened.");
        GenerateRequest[] rendered = [.. Rendered(engine, requests)];
        Dictionary<RequestKey, Response> answers = Finished(journal, rendered);
        // The engine is given all of them: how it computes one follows from all, and must not depend on where an earlier start ended.
        HashSet<RequestKey> answered = [.. answers.Keys];
        if (answered.Count < rendered.Length)
        {
            var byKey = rendered.ToDictionary(r => r.Key);
            int errored = 0;
            await foreach (Response response in engine.RunAsync(rendered, answered, cancellationToken).ConfigureAwait(false))
            {
                GenerateRequest request = byKey[response.Key];
                Response kept = AnswerCheck.Checked(request, response);
                if (engine is not IRemoteEngine)
                    _account?.Pay(response);
                journal.Append(request, kept);
                _answered.Add(kept.Key);
                answers[response.Key] = kept;
                _given += TokenCount.Of([kept]);
                errored += kept.Error is null ? 0 : 1;
                _progress?.Report(new RunProgress($"judging {request.Key.Task}", answers.Count, rendered.Length, errored, engine.Usage)
                {
                    Score = () => null,
                });
            }
        }

        return [.. rendered.Select(r => answers.GetValueOrDefault(r.Key) ?? Response.Failed(r.Key, "the engine gave no response"))];
    }

    /// <summary>The votes on one completion share its prompt, which is rendered once.</summary>
    private static IEnumerable<GenerateRequest> Rendered(IEngine engine, IReadOnlyList<GenerateRequest> requests)
    {
        Prompt? asked = null, rendered = null;
        foreach (GenerateRequest request in requests)
        {
            if (!ReferenceEquals(asked, request.Prompt))
                (asked, rendered) = (request.Prompt, engine.Render(request.Prompt));
            yield return request with { Prompt = rendered! };
        }
    }

    private Dictionary<RequestKey, Response> Finished(Journal journal, IReadOnlyList<GenerateRequest> requests)
    {
        var finished = new Dictionary<RequestKey, Response>();
        foreach (IGrouping<(string Task, long Document), GenerateRequest> document in requests.GroupBy(r => (r.Key.Task, r.Key.Document)))
        {
            GenerateRequest[] asked = [.. document];
            (string task, long id) = document.Key;
            IEnumerable<Response> known = asked.Any(r => _answered.Contains(r.Key))
                ? journal.Responses(task, id, asked.Length).Where(r => r.Error is null || _answered.Contains(r.Key))
                : journal.Finished(task, id, asked).Values;
            foreach (Response response in known)
                finished[response.Key] = response;
        }

        return finished;
    }
}
