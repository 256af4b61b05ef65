namespace EvalHarness.Tests.Scripts;

/// <summary>What is typed after the script's name, or a whole statement where it holds RUN, and what the program then gets.</summary>
/// <param name="Bash">Null where bash has no such thing.</param>
/// <param name="PowerShell">Null where PowerShell has no such thing.</param>
/// <param name="Expected">The program's arguments.</param>
internal sealed record ArgumentCase(string? Bash, string? PowerShell, params string[] Expected)
{
    internal string? Typed(Shell shell) =>
        (shell == Shell.Bash ? Bash : PowerShell) is not { } typed ? null
            : typed.Contains("RUN", StringComparison.Ordinal) ? typed
            : $"RUN {typed}";
}

/// <summary>One table for both scripts.</summary>
internal static class ArgumentCases
{
    /// <summary>Files in the folder whose names the patterns match, to show that a quoted pattern is not expanded.</summary>
    internal static IReadOnlyList<string> Files { get; } =
        ["samples_a.jsonl", "samples_b.jsonl", "mmlu_college_notes.txt", "cpu/model.onnx"];

    internal static string Before(Shell shell) => shell == Shell.Bash
        ? """tasks=(mmlu gsm8k); rest=(--limit 5); more=(x y); candidates=(results/b results/c); n=5; folder='my folder'"""
        : "$tasks = 'mmlu', 'gsm8k'; $rest = '--limit', '5'; $more = 'x', 'y'; $candidates = 'results/b', 'results/c'; $n = 5; " +
            "$folder = 'my folder'";

    internal static IReadOnlyList<ArgumentCase> All(string home) =>
    [
        // Lists, in every option that takes one.
        Same("run --tasks mmlu,gsm8k", "run", "--tasks", "mmlu,gsm8k"),
        Same("run --tasks=mmlu,gsm8k --limit=5", "run", "--tasks=mmlu,gsm8k", "--limit=5"),
        Same(
            "noise --task a,b --batch-sizes 1,8,16 --workers 1,2", "noise", "--task", "a,b", "--batch-sizes", "1,8,16", "--workers", "1,2"),
        Same("bench --prompt-lengths 128,1024 --batch-sizes 1,4", "bench", "--prompt-lengths", "128,1024", "--batch-sizes", "1,4"),
        Same("fetch --for-tasks humaneval,mmlu_anatomy --quiet", "fetch", "--for-tasks", "humaneval,mmlu_anatomy", "--quiet"),
        Same("divergence --tasks gsm8k,mmlu --base a", "divergence", "--tasks", "gsm8k,mmlu", "--base", "a"),
        Same("run --tasks 'mmlu,gsm8k' --tasks \"a,b\"", "run", "--tasks", "mmlu,gsm8k", "--tasks", "a,b"),
        new(
            """--tasks "$(IFS=,; echo "${tasks[*]}")" --limit "$n" """, "--tasks $tasks --limit $n", "--tasks", "mmlu,gsm8k",
            "--limit", "5"),
        new(null, "--tasks $tasks,humaneval --quiet", "--tasks", "mmlu,gsm8k,humaneval", "--quiet"),
        new(null, "--tasks mmlu, gsm8k --quiet", "--tasks", "mmlu,gsm8k", "--quiet"),
        new(
            """compare results/a "${candidates[@]}" --json""", "compare results/a $candidates --json", "compare", "results/a", "results/b",
            "results/c", "--json"),
        // Text that a shell or the system could take for something else.
        Same("--output 'a folder/with  spaces' \"and double\"", "--output", "a folder/with  spaces", "and double"),
        Same("'say \"yes\"' '\"' 'a\"b c\"'", "say \"yes\"", "\"", "a\"b c\""),
        Same(@"'back\""slash' 'C:\my models\' 'C:\models\' '\\' 'a\b'", @"back\""slash", @"C:\my models\", @"C:\models\", @"\\", @"a\b"),
        Same("'' show \"\" --task '' ''", "", "show", "", "--task", "", ""),
        Same("'$HOME' 'a;b' '|' '&' '>' '%PATH%' '(x)' '@x' '#x'", "$HOME", "a;b", "|", "&", ">", "%PATH%", "(x)", "@x", "#x"),
        Same("'Größe – 東京 🙂'", "Größe – 東京 🙂"),
        new(@"'it'\''s' $'two\nlines\ttab'", "'it''s' \"two`nlines`ttab\"", "it's", "two\nlines\ttab"),
        new("\"$folder/sub\" --output=\"$folder\"", "\"$folder/sub\" --output=\"$folder\"", "my folder/sub", "--output=my folder"),
        new(@"C:\\models\\phi --output=C:\\out", @"C:\models\phi --output=C:\out", @"C:\models\phi", @"--output=C:\out"),
        // Patterns: in quotes as they are, without quotes the files that there are.
        Same("--tasks 'mmlu_college_*' --include \"cpu/*\"", "--tasks", "mmlu_college_*", "--include", "cpu/*"),
        Same("--model 'phi-4-*' '[ab]*' 'samples_?.jsonl'", "--model", "phi-4-*", "[ab]*", "samples_?.jsonl"),
        Same("import samples_*.jsonl --output x", "import", "samples_a.jsonl", "samples_b.jsonl", "--output", "x"),
        Same("--tasks no_such_*", "--tasks", "no_such_*"),
        Same("--model ~/models/phi", "--model", $"{home}/models/phi"),
        Same("'~' '~/models'", "~", "~/models"),
        // Numbers, and what looks like an option.
        Same("--limit 0.10 1e3 007 -5 0x10 1.10.2 +3 .5 5.", "--limit", "0.10", "1e3", "007", "-5", "0x10", "1.10.2", "+3", ".5", "5."),
        Same(
            "--since 2026-01-01 --add-bos-token true -q - -v --x", "--since", "2026-01-01", "--add-bos-token", "true", "-q", "-", "-v",
            "--x"),
        Same("-p:Name=value -p:Version=1.10 -v:q --logger:trx", "-p:Name=value", "-p:Version=1.10", "-v:q", "--logger:trx"),
        new("-x:a,b -p:Name='a b'", "-x:a,b -p:Name='a b'", "-x:a,b", "-p:Name=a b"),
        // The end of options.
        Same("show -- --strange", "show", "--", "--strange"),
        Same("-- show", "--", "show"),
        Same("show --", "show", "--"),
        Same("--", "--"),
        Same("a -- b -- c", "a", "--", "b", "--", "c"),
        Same("a '--' b", "a", "--", "b"),
        Same("a '--' b -- c", "a", "--", "b", "--", "c"),
        Same("-p:A=b -- -p:C=d,e -v:q --tasks x", "-p:A=b", "--", "-p:C=d,e", "-v:q", "--tasks", "x"),
        new("""run "${rest[@]}" """, "run @rest", "run", "--limit", "5"),
        new("""run "${rest[@]}" -- x""", "run @rest -- x", "run", "--limit", "5", "--", "x"),
        new("""run -- "${rest[@]}" x""", "run -- @rest x", "run", "--", "--limit", "5", "x"),
        new("""-p:A=b -- "${more[@]}" """, "-p:A=b -- @more", "-p:A=b", "--", "x", "y"),
        new("""run "${rest[@]}" "${more[@]}" -- x,y""", "run @rest @more -- 'x,y'", "run", "--limit", "5", "x", "y", "--", "x,y"),
        new("""run "${rest[@]}" -- "${more[@]}" """, "run @rest '--' @more", "run", "--limit", "5", "--", "x", "y"),
        // Where the call stands.
        new("for m in a b; do RUN --model $m -- x; done", "foreach ($m in 'a', 'b') { RUN --model $m -- x }", "--model", "b", "--", "x"),
        new("ls -- . >/dev/null; RUN a -- b | cat", "Get-Item -- . | Out-Null; $x = RUN a -- b | Out-String", "a", "--", "b"),
        new("RUN run \\\n  --tasks a,b \\\n  -- x", "RUN run `\n  --tasks a,b `\n  -- x", "run", "--tasks", "a,b", "--", "x"),
        new("RUN --x a,b -- c >/dev/null 2>&1", "RUN --x a,b -- c 2>&1 > $null", "--x", "a,b", "--", "c"),
        new(null, "(RUN (Join-Path a b) -- $(1 + 1) $true) | Out-Null", "a/b", "--", "2", "True"),
        new(null, "1 | ForEach-Object { & RUN a -- $_ }", "a", "--", "1"),
        new(null, "& { . RUN a -- b }", "a", "--", "b"),
        new(
            null, "function Again { RUN again @args }; Again --tasks a,b -p:Name=1.10 $tasks", "again", "--tasks", "a,b", "-p:Name=1.10",
            "mmlu", "gsm8k"),
        new(null, "RUN show $null -- $null x", "show", "--", "x"),
    ];

    private static ArgumentCase Same(string typed, params string[] expected) => new(typed, typed, expected);
}
