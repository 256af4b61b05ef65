using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Results;
using EvalHarness.Scoring;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>Has requests answered, and keeps each answer in the journal, from which it is read again to be graded.</summary>
internal sealed class RequestAnswers(IEngine engine, Journal journal, Account? account, WorkLedger ledger, ProgressCounter counter)
{
    internal RunClock Clock => ledger.Clock;

    internal WorkLedger Ledger => ledger;

    internal Journal Journal => journal;

    /// <summary>Corrects the number of documents that are asked, once a part of a run knows which are its own.</summary>
    internal void Expect(TaskRun task, int documents, int estimated) => counter.Expect(task, documents - estimated);

    /// <summary>Counts a task whose answers and grades an earlier start has made.</summary>
    internal void Keep(TaskResult task) => counter.Keep(task);

    /// <summary>Answers the requests of documents of one task that the journal has no response to.</summary>
    /// <param name="documents">The documents of the task.</param>
    /// <param name="positions">Those to ask, in ascending order; null for all.</param>
    /// <param name="isPart">Whether the other documents are asked by other parts of the run.</param>
    /// <param name="grader">Of the task, for the score so far; null where nothing is graded.</param>
    /// <param name="cancellationToken">Stops between two responses.</param>
    internal Task AnswerAsync(
        PreparedDocuments documents,
        IReadOnlyList<int>? positions,
        bool isPart,
        IGrader? grader,
        CancellationToken cancellationToken)
    {
        // How long documents take that are asked some at a time cannot be said.
        int? known = positions is null ? documents.Count : isPart ? positions.Count : null;
        counter.Start(documents, grader, journal, known);
        var asked = new AskedRequests(documents, positions, isPart, journal, counter);
        return Clock.AnsweringAsync(() => AnswerAsync(documents, asked, cancellationToken));
    }

    private async Task<int> AnswerAsync(PreparedDocuments documents, AskedRequests asked, CancellationToken cancellationToken)
    {
        int given = 0;
        var groups = new JournalGroups(journal, Clock);
        try
        {
            await foreach (Response response in engine.RunAsync(asked, asked.Answered, cancellationToken).ConfigureAwait(false))
            {
                given++;
                int position = documents.PositionOf(response.Key.Document);
                PreparedDocument document = documents[position];
                Request request = document.Requests[response.Key.Index];
                Response checkedResponse = Check(request, response);
                // A server is paid for each answer, so that none may wait for others. The engine pays itself, before it knows the answer.
                if (engine is IRemoteEngine || request is not LogLikelihoodRequest choice)
                    Clock.Writing(() => journal.Append(request, checkedResponse));
                else
                    groups.Add(choice, checkedResponse);
                bool isComplete = asked.Answer(position);
                if (isComplete)
                    groups.Flush(document.Id);
                counter.Add(position, checkedResponse, isComplete);
            }
        }
        finally
        {
            groups.Flush();
        }

        asked.MeetAll();
        counter.Finish();
        return given;
    }

    private Response Check(Request request, Response given)
    {
        if (engine is not IRemoteEngine)
            account?.Pay(given);
        return AnswerCheck.Checked(request, given);
    }
}
