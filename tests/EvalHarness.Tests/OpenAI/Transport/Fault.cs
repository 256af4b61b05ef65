using System.Globalization;

namespace EvalHarness.Tests.OpenAI.Transport;

/// <summary>A way in which a server fails.</summary>
/// <param name="Answer">What it sends; it gets the time.</param>
/// <param name="MayPass">Whether the request is sent again.</param>
/// <param name="Says">What the program says of it, once it has failed for good.</param>
internal sealed record Fault(Func<DateTimeOffset, ServerAnswer> Answer, bool MayPass, string Says)
{
    /// <summary>Whether the server says when to come again, so that a request is held back and has not failed.</summary>
    internal bool HoldsBack =>
        MayPass && Says.Contains("429", StringComparison.Ordinal) && !Says.Contains("slower", StringComparison.Ordinal);

    /// <summary>How often a request is sent to a server that does this for ever.</summary>
    /// <param name="attempts">Those that the transport has for other faults.</param>
    internal int Sent(int attempts) => HoldsBack ? 1 + ((attempts - 1) * 20) : MayPass ? attempts : 1;

    internal const string Key = "sk-the-secret-of-a-test-0123456789";

    private const string Cut = "the connection broke before the answer was complete", NoJson = "the answer is no complete JSON";

    /// <summary>By name.</summary>
    internal static IReadOnlyDictionary<string, Fault> All { get; } = new Dictionary<string, Fault>
    {
        ["closes before it answers"] = new(Cuts(0), true, Cut),
        ["resets the connection"] = new(_ => new ServerAnswer { Raw = "", Resets = true }, true, Cut),
        ["closes within the status"] = new(Cuts(10), true, Cut),
        ["closes within the headers"] = new(Cuts(30), true, Cut),
        ["closes within the body"] = new(_ => new ServerAnswer { Body = """{"choices": [""", Length = 200, Closes = true }, true, Cut),
        ["resets within the body"] = new(_ => new ServerAnswer { Body = """{"a": [""", Length = 200, Resets = true }, true, Cut),
        ["leaves the last chunk out"] = new(
            _ => new ServerAnswer { Raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n" }, true, Cut),
        ["sends a chunk without a length"] = new(
            _ => new ServerAnswer { Raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnone\r\n{}\r\n" },
            true,
            "the answer is no HTTP"),
        ["says that the answer is longer"] = new(_ => new ServerAnswer { Length = 20, Closes = true }, true, Cut),
        ["says that the answer is shorter"] = new(_ => new ServerAnswer { Body = """{"a": 1}""", Length = 4, Closes = true }, true, NoJson),
        ["says nothing"] = new(_ => new ServerAnswer { Raw = "", Stalls = true }, true, "no complete answer within 300 seconds"),
        ["stalls within the body"] = new(
            _ => new ServerAnswer { Body = """{"a": """, Length = 20, Stalls = true }, true, "no complete answer within 300 seconds"),
        ["429"] = new(
            Status("429 Too Many Requests", """{"error": {"message": "slower, please"}}"""),
            true,
            "429 Too Many Requests: slower, please"),
        ["429, wait 3 seconds"] = new(Status("429 Slow Down", "{}", "Retry-After: 3"), true, "the server answers 429 Too Many Requests"),
        ["429, wait until a date"] = new(
            now => Status("429 -", "{}", string.Create(CultureInfo.InvariantCulture, $"Retry-After: {now.AddMinutes(3):r}"))(now),
            true,
            "429 Too Many Requests"),
        ["429, wait milliseconds"] = new(Status("429 -", "{}", "retry-after-ms: 250"), true, "429 Too Many Requests"),
        ["429, wait two hours"] = new(
            Status("429 Too Many Requests", "{}", "Retry-After: 7200"), false, "429 Too Many Requests; it asks to wait 120 minutes"),
        ["429, the quota is used up"] = new(
            Status("429 Too Many Requests", """{"error": {"message": "no money left", "code": "insufficient_quota"}}"""),
            false,
            "429 Too Many Requests: no money left"),
        ["408"] = new(Status("408 Request Timeout", ""), true, "408 Request Timeout"),
        ["500"] = new(
            Status("500 Internal Server Error", """{"error": "out of memory"}"""),
            true,
            "500 Internal Server Error: out of memory"),
        ["502, a page"] = new(Status("502 Bad Gateway", "<html><body>nginx</body></html>"), true, "the server answers 502 Bad Gateway"),
        ["503, wait for a word"] = new(
            Status("503 Service Unavailable", "loading", "Retry-After: soon"),
            true,
            "503 Service Unavailable: loading"),
        ["504"] = new(Status("504 Gateway Timeout", ""), true, "504 Gateway Timeout"),
        ["529"] = new(Status("529 Overloaded", """{"message": "overloaded"}"""), true, "the server answers 529: overloaded"),
        ["400"] = new(
            Status("400 Bad Request", """{"error": {"message": "stop: at most 4"}}"""),
            false,
            "400 Bad Request: stop: at most 4"),
        ["401"] = new(Status("401 Unauthorized", """{"error": {"message": "no such key"}}"""), false, "401 Unauthorized: no such key"),
        ["403"] = new(Status("403 Forbidden", """{"detail": "not yours"}"""), false, "403 Forbidden: not yours"),
        ["404"] = new(Status("404 Not Found", """{"error": {"message": "no model m"}}"""), false, "404 Not Found: no model m"),
        ["413"] = new(Status("413 Payload Too Large", ""), false, "the server answers 413"),
        ["422"] = new(Status("422 Unprocessable Entity", """{"detail": [{"msg": "field required"}]}"""), false, ": field required"),
        ["redirects"] = new(
            Status("301 Moved Permanently", "", "Location: http://127.0.0.1:9/v2/"),
            false,
            "it redirects to http://127.0.0.1:9/v2/, which is not followed"),
        ["malformed JSON"] = new(Status("200 OK", """{"choices": nothing}"""), true, $"{NoJson} (line 1, byte 14 of it)"),
        ["half of the JSON"] = new(Status("200 OK", """{"choices": [{"text": "a"""), true, NoJson),
        ["a page"] = new(Status("200 OK", "<html></html>"), true, $"{NoJson} (line 1, byte 1 of it)"),
        ["an empty answer"] = new(Status("200 OK", ""), true, "the answer is empty"),
        ["half of a character"] = new(Status("200 OK", """{"text": "\ud83d"}"""), false, "the answer has half of a character in it"),
        ["another protocol"] = new(_ => new ServerAnswer { Raw = "SSH-2.0-server\r\n\r\n" }, true, "the answer is no HTTP"),
        ["too large"] = new(_ => ServerAnswer.Json($"\"{new string('a', 2 << 20)}\""), false, "the answer is larger than 1 MiB"),
        ["says that it is too large"] = new(
            _ => new ServerAnswer { Length = long.MaxValue, Closes = true }, false, "the answer is larger than 1 MiB"),
        ["headers without end"] = new(
            _ => new ServerAnswer { Headers = [$"X: {new string('a', 1 << 17)}"] }, false, "the answer's headers are too long"),
        ["compressed without being asked"] = new(Status("200 OK", "\u001f\u008b\b", "Content-Encoding: gzip"), true, NoJson),
        ["an error with a status of success"] = new(
            Status("200 OK", """{"error": {"message": "no provider", "code": 502}}"""), true, "answers with an error: no provider"),
        ["a refusal with a status of success"] = new(
            Status("200 OK", """{"error": {"message": "no such field", "code": 400}}"""), false, "answers with an error: no such field"),
        ["the key, in an error"] = new(
            Status("400 Bad Request", $$$"""{"error": {"message": "you sent Bearer {{{Key}}}!"}}"""),
            false,
            "400 Bad Request: you sent Bearer (key)!"),
        ["the key, in an answer"] = new(
            Status("200 OK", $$"""{"text": "{{Key}}"}"""),
            false,
            "the answer has the key of the request in it"),
        ["the key, escaped in an answer"] = new(
            Status("200 OK", $$"""{"text": "{{Key.Replace("s", "\\u0073", StringComparison.Ordinal)}}"}"""),
            false,
            "the answer has the key of the request in it"),
    };

    private static Func<DateTimeOffset, ServerAnswer> Cuts(int bytes) => _ => new ServerAnswer { Cut = bytes };

    private static Func<DateTimeOffset, ServerAnswer> Status(string status, string body, params string[] headers) =>
        _ => new ServerAnswer { Status = status, Body = body, Headers = headers };
}
