using EvalHarness.Analysis.Published.Ladder;
using EvalHarness.Engines;
using EvalHarness.Tasks;

namespace EvalHarness.Analysis.Published;

/// <content>What stands before a question, and how it becomes tokens.</content>
internal sealed partial class LadderRungs
{
    private const string CommonSystemPrompt = "You are a helpful assistant.";

    private const int UsualShots = 5;

    private string? TemplateOfTheModel => model.Settings.GetValueOrDefault(EngineDescription.ChatTemplate);

    private LadderRung Template(LadderSetting setting)
    {
        const string name = "chat template";
        bool isApplied = setting.Options.ApplyChatTemplate;
        if (published.Setting.ChatTemplate == isApplied)
            return LadderRung.Left(name, Stated);
        if (!isApplied && TemplateOfTheModel == EngineDescription.None)
            return LadderRung.Left(name, "the model has none");
        static string Word(bool applied) => applied ? "applied" : "not applied";
        return new LadderRung
        {
            Name = name,
            From = Word(isApplied),
            To = Word(!isApplied),
            Change = s => s with
            {
                Options = s.Options with
                {
                    ApplyChatTemplate = !isApplied,
                    // Without a template these would be refused.
                    FewShotAsMultiturn = null,
                    ChatTemplateArguments = isApplied ? null : s.Options.ChatTemplateArguments,
                    EnableThinking = isApplied ? null : s.Options.EnableThinking,
                    // A ladder that goes on tomorrow has the same prompts.
                    TemplateDate = isApplied ? null : s.Options.TemplateDate ?? day,
                },
            },
        };
    }

    private LadderRung SystemPrompt(LadderSetting setting)
    {
        const string name = "system prompt", none = EngineDescription.None;
        string? now = setting.Options.SystemInstruction, stated = published.Setting.SystemPrompt;
        if (stated is not null && stated == (now ?? none))
            return LadderRung.Left(name, Stated);
        if (!setting.Options.ApplyChatTemplate && stated is null)
            return LadderRung.Left(name, "no chat template is applied, and the source states no system prompt");
        if (setting.Options.ApplyChatTemplate && TemplateOfTheModel == EngineDescription.RefusesSystem)
            return LadderRung.Left(name, "the model's chat template refuses system prompts");
        string? next = stated ?? (now is null ? CommonSystemPrompt : null);
        next = next == none ? null : next;
        // With none, a template writes its own where it has one.
        string without = setting.Options.ApplyChatTemplate ? "none but the template's own" : none;
        string Word(string? text) => text is null ? without : $"\"{text}\"";
        return new LadderRung
        {
            Name = name,
            From = Word(now),
            To = Word(next),
            Change = s => s with { Options = s.Options with { SystemInstruction = next } },
        };
    }

    private LadderRung Turns(LadderSetting setting, TaskDefinition task)
    {
        const string name = "shots as turns";
        if (!setting.Options.ApplyChatTemplate)
            return LadderRung.Left(name, "no chat template is applied, so that there are no turns");
        if ((setting.Options.NumFewShot ?? task.NumFewShot) == 0)
            return LadderRung.Left(name, "there are no shots");
        bool areTurns = setting.Options.FewShotAsMultiturn ?? true;
        if (published.Setting.ShotsAsTurns == areTurns)
            return LadderRung.Left(name, Stated);
        static string Word(bool turns) => turns ? "a turn each" : "all in one turn";
        return new LadderRung
        {
            Name = name,
            From = Word(areTurns),
            To = Word(!areTurns),
            Change = s => s with { Options = s.Options with { FewShotAsMultiturn = !areTurns } },
        };
    }

    private IEnumerable<LadderRung> Shots(LadderSetting setting, TaskDefinition task)
    {
        const string name = "shots";
        int now = setting.Options.NumFewShot ?? task.NumFewShot;
        if (published.Setting.Shots == now)
            return [LadderRung.Left(name, Stated)];
        bool hasExamples = task.FewShot.Samples is not null || task.FewShot.Split != task.EvaluationSplit;
        int usual = task.NumFewShot > 0 ? task.NumFewShot : hasExamples ? UsualShots : 0;
        int[] others = published.Setting.Shots is { } stated ? [stated] : [.. ((int[])[0, usual]).Distinct().Where(n => n != now)];
        return others.Length == 0
            ? [LadderRung.Left(name, "the task has no examples of its own")]
            : others.Select(number => new LadderRung
            {
                Name = name,
                From = $"{now}",
                To = $"{number}",
                Change = s => s with { Options = s.Options with { NumFewShot = number } },
            });
    }

    private LadderRung BeginningOfText(LadderSetting setting)
    {
        const string name = "beginning-of-text token";
        if (model.Settings.GetValueOrDefault(EngineDescription.BeginningOfText) is not { } own)
            return LadderRung.Left(name, "the server decides how texts begin");
        bool isThere = setting.Options.AddBosToken ?? own != EngineDescription.None;
        if (published.Setting.BeginningOfText == isThere)
            return LadderRung.Left(name, Stated);
        static string Word(bool there) => there ? "there" : "not there";
        return new LadderRung
        {
            Name = name,
            From = Word(isThere),
            To = Word(!isThere),
            Change = s => s with { Options = s.Options with { AddBosToken = !isThere } },
        };
    }

    /// <summary>How many tokens prompt and completion may have together.</summary>
    private static IEnumerable<LadderRung> Window(LadderSetting setting, LadderSeries series)
    {
        const string name = "context";
        int full = series.Rows.Count(r => r.FilledContext || r.WasTooLong);
        if (setting.Options.MaxLength is { } limit)
        {
            yield return full == 0 ? LadderRung.Left(name, "no prompt and no completion reached its end") : new LadderRung
            {
                Name = name,
                From = $"{limit} tokens",
                To = "the model's own",
                Change = s => s with { Options = s.Options with { MaxLength = null } },
                CanMove = row => row.FilledContext || row.WasTooLong,
            };
        }
        else if (series.Rows.Count(r => r.FilledContext) is > 0 and var ended)
        {
            yield return LadderRung.Left(name, $"{ended} completions ended because the model's context was full, and it has no more");
        }
    }

    private static LadderRung Truncation(LadderSetting setting, LadderSeries series)
    {
        const string name = "truncation", left = "left";
        int tooLong = series.Rows.Count(r => r.WasTooLong);
        return tooLong == 0 || setting.Options.Truncation == left
            ? LadderRung.Left(name, "no prompt was too long")
            : new LadderRung
            {
                Name = name,
                From = setting.Options.Truncation,
                To = left,
                Change = s => s with { Options = s.Options with { Truncation = left } },
                CanMove = row => row.WasTooLong,
            };
    }
}
