using System.Text.Json.Nodes;
using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Inspection;
using EvalHarness.Tasks;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace EvalHarness.OnnxRuntimeGenAI.Runtime;

/// <summary>
/// How the runtime itself chooses the tokens of completions, so that their texts have the form of a JSON schema. It masks the tokens that
/// would leave the form in its own step alone; the logits that it gives out are never masked.
/// </summary>
internal sealed class Guidance
{
    /// <summary>How the runtime's message begins where the schema, and not the model, is the reason.</summary>
    private const string OfGrammar = "Error creating grammar";

    private readonly GenerationOptions _options;
    private readonly string _task, _schema;
    private readonly int _seed;

    /// <param name="task">The task, for messages.</param>
    /// <param name="options">How the task generates, with a JSON schema.</param>
    /// <param name="seed">The seed of a completion that is sampled; nothing else uses it.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: the schema is not JSON.</exception>
    internal Guidance(string task, GenerationOptions options, int seed)
    {
        (_task, _options, _seed) = (task, options, seed);
        string schema = options.JsonSchema ?? throw new ArgumentException("the completion is free text", nameof(options));
        _schema = WithFixedSpaces(AnswerSchema.Parse(task, schema).GetRawText());
    }

    /// <summary>
    /// JSON permits any white space between its parts, and a model that has begun with it may repeat it up to the limit of tokens. The
    /// guidance fixes it where the schema does not say otherwise itself: ", " and ": ", as Python's json.dumps writes them.
    /// </summary>
    private static string WithFixedSpaces(string schema)
    {
        const string settings = "x-guidance";
        if (JsonNode.Parse(schema) is not JsonObject root || root.ContainsKey(settings))
            return schema;
        root[settings] = new JsonObject
        {
            ["whitespace_flexible"] = false,
            ["item_separator"] = ", ",
            ["key_separator"] = ": ",
        };
        return root.ToJsonString();
    }

    /// <summary>Sets how tokens are chosen, over the options of greedy decoding.</summary>
    internal void SetOn(GeneratorParams parameters, ModelConfig config)
    {
        parameters.SetSearchOption("repetition_penalty", _options.RepetitionPenalty);
        // A nucleus of no probability is the most likely token, which the runtime leaves out beside a top_k.
        if (_options is { Greedy: false, TopP: > 0 })
        {
            parameters.SetSearchOption("do_sample", true);
            parameters.SetSearchOption("temperature", _options.Temperature);
            parameters.SetSearchOption("top_k", Math.Clamp(_options.TopK, 0, config.VocabularySize));
            parameters.SetSearchOption("top_p", _options.TopP);
            // The runtime takes a negative seed for a wish to be random.
            parameters.SetSearchOption("random_seed", _seed & int.MaxValue);
        }

        // Tokens that the form leaves no choice about could be taken several at once, but then the runtime tells only the last of them.
        parameters.SetGuidance("json_schema", _schema, enableFFTokens: false);
    }

    /// <summary>Tries the guidance on a model, so that a run fails before anything is computed and not at each request.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Task"/>: the runtime does not take the schema; <see cref="ExitCode.Model"/>: the runtime cannot guide this
    /// model, for which it needs tokenizer.json and tokenizer_config.json, or does not choose tokens as the task says.
    /// </exception>
    internal void Check(LoadedModel model)
    {
        if (_options is { Greedy: false, MinP: > 0 })
        {
            throw AnswerSchema.Unsupported(
                _task, "the runtime, which chooses their tokens, has no min_p; leave it out of generation_kwargs (--gen-kwargs min_p=0)");
        }

        try
        {
            using var parameters = new GeneratorParams(model.Model);
            SearchOptions.SetGreedy(parameters, model.Config, maxLength: 2, batchSize: 1);
            SetOn(parameters, model.Config);
            using Generator generator = model.Generators.Create(parameters);
        }
        catch (OnnxRuntimeGenAIException e)
        {
            string words = EvalException.OneLine(e.Message);
            throw words.StartsWith(OfGrammar, StringComparison.Ordinal)
                ? AnswerSchema.Wrong(_task, $"the runtime does not take it: {words}", e)
                : AnswerSchema.Unsupported(_task, $"the runtime cannot keep this model to one: {words}");
        }
    }
}
