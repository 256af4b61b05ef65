namespace EvalHarness.Benchmarks;

/// <summary>The tasks of the study.</summary>
internal static class FlatWorkloads
{
    private const string Lettered =
        """
        output_type: multiple_choice
        doc_to_text: "{{question}}\nA. {{choices[0]}}\nB. {{choices[1]}}\nC. {{choices[2]}}\nD. {{choices[3]}}\nAnswer:"
        doc_to_choice: ["A", "B", "C", "D"]
        doc_to_target: answer
        """;

    /// <summary>Four choices without and with shots, completions, long contexts, and a bootstrapped metric.</summary>
    internal static IReadOnlyList<FlatWorkload> All { get; } =
    [
        new()
        {
            Name = "choices",
            Title = "four choices, 0-shot",
            Words = 30,
            ChoiceWords = 3,
            Answers = ["A", "B", "C", "D"],
            Keys = Lettered,
        },
        new()
        {
            Name = "shots",
            Title = "four choices, 5-shot",
            Words = 30,
            ChoiceWords = 3,
            Answers = ["A", "B", "C", "D"],
            Shots = 5,
            Keys = $"{Lettered}\nfewshot_split: dev\nfewshot_config: {{sampler: first_n}}\nnum_fewshot: 5",
        },
        new()
        {
            Name = "completions",
            Title = "completions",
            Words = 45,
            Answers = [],
            Keys =
                """
                output_type: generate_until
                doc_to_text: "Question: {{question}}\nAnswer:"
                doc_to_target: "{{answer}}"
                generation_kwargs: {until: ["\n\n"], max_gen_toks: 128, do_sample: false}
                filter_list:
                  - name: strict-match
                    filter: [{function: regex, regex_pattern: "#### (-?[0-9]+)"}, {function: take_first}]
                metric_list: [{metric: exact_match}]
                """,
        },
        new()
        {
            Name = "contexts",
            Title = "contexts of 8,000 words",
            Words = 8_000,
            ChoiceWords = 3,
            Answers = ["A", "B", "C", "D"],
            RowsPerShard = 10_000,
            Divisor = 10,
            Keys = Lettered,
        },
        new()
        {
            Name = "f1",
            Title = "f1, bootstrap of 100,000 draws",
            Words = 30,
            Answers = ["no", "yes"],
            Keys =
                """
                output_type: multiple_choice
                doc_to_text: "{{question}}\nAnswer:"
                doc_to_choice: ["no", "yes"]
                doc_to_target: answer
                metric_list: [{metric: f1}, {metric: acc}]
                """,
        },
    ];
}
