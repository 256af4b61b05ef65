using System.CommandLine;
using EvalHarness.Results;
using EvalHarness.Tokenizers;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness tokenizer encode</c>, <c>decode</c> and <c>template</c>.</summary>
internal static class TokenizerCommand
{
    internal static Command Create(TextWriter output)
    {
        string example = $"{Invocation.Command} tokenizer encode --model models/qwen3-0.6b \"def f(x):\"";
        return new Command(
            "tokenizer",
            $"""
            Shows what a model's tokenizer.json and chat template make of texts, token ids and conversations. No graph is needed.

            Examples:
              {example}
            """) { Encode(output), Decode(output), Template(output) };
    }

    private static Command Encode(TextWriter output)
    {
        var text = new Argument<string?>("text") { Description = "The text", Arity = ArgumentArity.ZeroOrOne };
        var special = new Option<bool>("--special") { Description = "With the tokens that the tokenizer puts around every text" };
        return Lines(
            output,
            "encode",
            $$"""
            Prints the token ids of texts. Each input line is a JSON object with "text"; other keys are ignored. With --json, each output
            line is a JSON object with "ids", or with "error" where the text has no ids.

            Examples:
              {{Invocation.Command}} tokenizer encode --model models/qwen3-0.6b "def f(x):"
              {{Invocation.Command}} tokenizer encode --model models/qwen3-0.6b --file texts.jsonl --json
            """,
            [text, special],
            (parsed, folder) =>
            {
                JsonTokenizer tokenizer = Tokenizer(folder);
                bool withSpecial = parsed.GetValue(special);
                return line => TokenizerLine.Encoded(tokenizer, line, withSpecial);
            },
            parsed => parsed.GetValue(text) is { } one ? new TokenizerLine { Text = one } : null);
    }

    private static Command Decode(TextWriter output)
    {
        var ids = new Argument<int[]>("ids") { Description = "The token ids", Arity = ArgumentArity.ZeroOrMore };
        var special = new Option<bool>("--special") { Description = "With special tokens, which are left out otherwise" };
        return Lines(
            output,
            "decode",
            $$"""
            Prints the text of token ids. Each input line is a JSON object with "ids"; other keys are ignored. With --json, each output line
            is a JSON object with "text" or "error".

            Examples:
              {{Invocation.Command}} tokenizer decode --model models/qwen3-0.6b 750 282 2075 1648
              {{Invocation.Command}} tokenizer decode --model models/qwen3-0.6b --file ids.jsonl --json
            """,
            [ids, special],
            (parsed, folder) =>
            {
                JsonTokenizer tokenizer = Tokenizer(folder);
                bool withSpecial = parsed.GetValue(special);
                return line => TokenizerLine.Decoded(tokenizer, line, withSpecial);
            },
            parsed => parsed.GetValue(ids) is { Length: > 0 } given ? new TokenizerLine { Ids = given } : null);
    }

    private static Command Template(TextWriter output)
    {
        var run = RunArguments.Only("--apply-chat-template", "--chat-template-kwargs", "--enable-thinking", "--template-date");
        return Lines(
            output,
            "template",
            $$"""
            Prints what a model's chat template makes of conversations. Each input line is a JSON object with "messages", and may have
            "add_generation_prompt" (true if absent); other keys are ignored. With --json, each output line is a JSON object with "text", or
            with "error" and the template's own message where it refuses the conversation. Nothing is left out of a refused conversation.

            Examples:
              {{Invocation.Command}} tokenizer template --model models/qwen3-0.6b --file conversations.jsonl --json
              {{Invocation.Command}} tokenizer template --model models/qwen3-0.6b --file conversations.jsonl --enable-thinking false
            """,
            [.. run.All],
            (parsed, folder) =>
            {
                Dictionary<string, IReadOnlyList<string>> given = run.Given(parsed);
                given.TryAdd("--apply-chat-template", ["true"]);
                var options = RunOptions.Of(given, earlier: null);
                IReadOnlyDictionary<string, object?> arguments = TemplateArguments.Of(options);
                bool withTools = arguments.GetValueOrDefault("tools") is not null;
                ChatTemplate template = ChatTemplate.Load(folder, options.ChatTemplateName, withTools) ?? throw new EvalException(
                    ExitCode.Model,
                    $"--model {folder}: has no chat template; expected chat_template.jinja, or chat_template in tokenizer_config.json");
                DateOnly date = options.TemplateDate is { } day
                    ? TemplateArguments.Date(day)
                    : DateOnly.FromDateTime(TimeProvider.System.GetLocalNow().DateTime);
                return line => TokenizerLine.Rendered(template, line, arguments, date);
            },
            _ => null);
    }

    /// <summary>A verb that answers each input line with an output line.</summary>
    /// <param name="output">Standard output.</param>
    /// <param name="name">The verb.</param>
    /// <param name="description">Its help.</param>
    /// <param name="own">Its own arguments and options.</param>
    /// <param name="open">Reads the model folder, and returns what answers a line.</param>
    /// <param name="single">The line that the command line itself gives; null to read lines.</param>
    private static Command Lines(
        TextWriter output,
        string name,
        string description,
        IReadOnlyList<Symbol> own,
        Func<ParseResult, string, Func<TokenizerLine, TokenizerAnswer>> open,
        Func<ParseResult, TokenizerLine?> single)
    {
        var model = new Option<string>("--model", "-m")
        {
            Description = "A folder with tokenizer.json, or ORG/NAME in the hub's cache",
            HelpName = "DIR",
            Required = true,
        };
        var file = new Option<string?>("--file") { Description = "JSON lines to read (default: standard input)", HelpName = "LINES" };
        Option<bool> json = CommonOptions.Json("Print a JSON object for each line");
        var command = new Command(name, description) { model, file, json };
        foreach (Symbol symbol in own)
        {
            if (symbol is Argument argument)
                command.Arguments.Add(argument);
            else
                command.Options.Add((Option)symbol);
        }

        command.SetAction(async (parsed, cancellationToken) =>
        {
            string folder = EngineFactory.FolderOf(parsed.GetValue(model)!);
            if (!Directory.Exists(folder))
                throw new EvalException(ExitCode.Model, $"--model {folder}: there is no such folder; expected one with tokenizer.json");
            Func<TokenizerLine, TokenizerAnswer> answer = open(parsed, folder);
            bool asJson = parsed.GetValue(json);
            if (single(parsed) is { } only)
            {
                if (parsed.GetValue(file) is not null)
                    throw new EvalException(ExitCode.Usage, "--file beside a text or ids: expected one of them; leave the other out");
                TokenizerAnswer said = answer(only);
                if (said.Error is not null && !asJson)
                    throw new EvalException(ExitCode.Model, said.Error);
                await output.WriteLineAsync(asJson ? said.ToJson() : said.ForPeople()).ConfigureAwait(false);
                return (int)ExitCode.Success;
            }

            using TextReader reader = Reader(parsed.GetValue(file));
            // On a thread of its own, because reading standard input and answering a line do not look at the cancellation.
            await Task.Run(() => AnswerAll(reader, output, answer, asJson, cancellationToken), cancellationToken)
                .WaitAsync(cancellationToken).ConfigureAwait(false);
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static void AnswerAll(
        TextReader reader, TextWriter output, Func<TokenizerLine, TokenizerAnswer> answer, bool asJson, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested && reader.ReadLine() is { } text)
        {
            TokenizerAnswer said = TokenizerLine.TryParse(text, out string problem) is { } line
                ? answer(line)
                : new TokenizerAnswer { Error = problem };
            output.WriteLine(asJson ? said.ToJson() : said.ForPeople());
        }
    }

    private static TextReader Reader(string? file)
    {
        try
        {
            return file is null ? Console.In : new StreamReader(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EvalException(
                ExitCode.Usage, $"--file {file}: {EvalException.OneLine(e.Message)}; expected a file with a JSON object on each line", e);
        }
    }

    private static JsonTokenizer Tokenizer(string folder)
    {
        string file = Path.Combine(folder, JsonTokenizer.FileName);
        return File.Exists(file)
            ? JsonTokenizer.Load(file)
            : throw new EvalException(
                ExitCode.Model, $"--model {folder}: has no {JsonTokenizer.FileName}; expected the tokenizer of the model's maker");
    }
}
