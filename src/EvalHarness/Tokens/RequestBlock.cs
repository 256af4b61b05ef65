using EvalHarness.Prompts;

namespace EvalHarness.Tokens;

/// <summary>Requests of whole documents, about as many as several threads need to be busy for a while.</summary>
internal sealed class RequestBlock
{
    /// <summary>With fewer characters than this for each thread, another thread costs more time than it saves.</summary>
    private const long CharactersPerThread = 100_000;

    /// <summary>So many characters for each thread are held at a time.</summary>
    private const long CharactersPerBlock = 4 * CharactersPerThread;

    /// <summary>What a request counts for beyond its characters, so that a block of empty prompts has an end.</summary>
    private const int CharactersPerRequest = 64;

    private readonly List<Request> _requests = [];
    private long _characters;

    private RequestBlock()
    {
    }

    /// <summary>The number of threads for which there is enough to do.</summary>
    internal int Threads => (int)Math.Clamp(_characters / CharactersPerThread, 1, Environment.ProcessorCount);

    internal bool HasCompletions => _requests.Any(r => r is GenerateRequest);

    /// <summary>Cuts requests into blocks as they are read.</summary>
    /// <param name="requests">The requests of a task, of which those of one document are neighbours.</param>
    internal static IEnumerable<RequestBlock> Of(IEnumerable<Request> requests)
    {
        var block = new RequestBlock();
        foreach (Request request in requests)
        {
            if (block._characters >= CharactersPerBlock * Environment.ProcessorCount
                && block._requests[^1].Key.Document != request.Key.Document)
            {
                yield return block;
                block = new RequestBlock();
            }

            block._requests.Add(request);
            block._characters += request.Context.Length + CharactersPerRequest;
        }

        if (block._requests.Count > 0)
            yield return block;
    }

    /// <summary>The requests of one thread, which are those of whole documents.</summary>
    internal IReadOnlyList<Request> Part(int thread)
    {
        (int start, int end) = (DocumentStart(thread), DocumentStart(thread + 1));
        return _requests.GetRange(start, end - start);
    }

    /// <summary>The index of the first request of the document with which a thread begins.</summary>
    private int DocumentStart(int thread)
    {
        int index = (int)((long)_requests.Count * thread / Threads);
        while (index > 0 && index < _requests.Count && _requests[index].Key.Document == _requests[index - 1].Key.Document)
            index--;
        return index;
    }
}
