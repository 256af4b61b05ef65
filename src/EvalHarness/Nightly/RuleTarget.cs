using System.IO.Enumeration;
using EvalHarness.Tasks;

namespace EvalHarness.Nightly;

/// <summary>What a rule judges of a run: a group with its tasks, or a task.</summary>
/// <param name="Name">The name of the group or the task.</param>
/// <param name="Tasks">The tasks of the group, or the task itself.</param>
internal sealed record RuleTarget(string Name, IReadOnlyList<TaskDefinition> Tasks)
{
    /// <param name="selection">What the run evaluates.</param>
    /// <param name="task">As in a rule: a name, which fits at any depth, or a glob over groups and tasks that stand alone.</param>
    internal static IEnumerable<RuleTarget> Of(TaskSelection selection, string task)
    {
        bool Fits(string name, bool isOuter) => name == task || (isOuter && FileSystemName.MatchesSimpleExpression(task, name));
        HashSet<string> inGroups = [.. selection.Groups.SelectMany(g => g.Leaves)];
        IEnumerable<RuleTarget> groups = selection.Groups
            .Where(g => Fits(g.Group.Name, g.Depth == 0))
            .Select(g => new RuleTarget(g.Group.Name, [.. selection.Tasks.Where(t => g.Leaves.Contains(t.Name))]));
        return groups.Concat(selection.Tasks
            .Where(t => Fits(t.Name, !inGroups.Contains(t.Name)))
            .Select(t => new RuleTarget(t.Name, [t])));
    }
}
