using System.Text;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>Renders the nodes of a template.</summary>
internal static class Renderer
{
    /// <summary>How a body ended: at its end, or where it leaves the loop or the iteration around it.</summary>
    private enum Flow { Next, Break, Continue }

    /// <summary>The text of nodes, rendered in the evaluator's scope.</summary>
    internal static string Text(IReadOnlyList<Node> nodes, Evaluator evaluator, Position at)
    {
        var output = new StringBuilder();
        Render(nodes, evaluator, output);
        evaluator.Rendering.Written(output.Length, at);
        return output.ToString();
    }

    private static Flow Render(IReadOnlyList<Node> nodes, Evaluator evaluator, StringBuilder output)
    {
        foreach (Node node in nodes)
        {
            Flow flow = Flow.Next;
            switch (node)
            {
                case TextNode text:
                    output.Append(text.Text);
                    break;
                case OutputNode written:
                    string value = evaluator.Text(written.Value);
                    evaluator.Rendering.Written(value.Length, written.Value.At);
                    output.Append(value);
                    break;
                case SetNode set:
                    evaluator.Assign(set.Target, evaluator.Value(set.Value), set.At);
                    break;
                case IfNode choice:
                    flow = Render(Choose(choice, evaluator), evaluator, output);
                    break;
                case ForNode loop:
                    flow = Loop(loop, evaluator.Value(loop.Items), 0, evaluator, output);
                    break;
                case BreakNode:
                    return Flow.Break;
                case ContinueNode:
                    return Flow.Continue;
                default:
                    RenderBlock(node, evaluator, output);
                    break;
            }

            if (flow != Flow.Next)
                return flow;
            if (output.Length > Python.LongestText)
                throw new PythonLimitException($"a template writes more than {Python.LongestText} characters");
        }

        return Flow.Next;
    }

    private static void RenderBlock(Node node, Evaluator evaluator, StringBuilder output)
    {
        switch (node)
        {
            case SetBlockNode set:
                Evaluator within = evaluator.Inner();
                evaluator.Assign(set.Target, Filtered(Text(set.Body, within, set.At), set.Filters, within), set.At);
                break;
            case FilterBlockNode filter:
                Position at = filter.Filters[0].At;
                Evaluator filtered = evaluator.Inner();
                Write(Filtered(Text(filter.Body, filtered, at), filter.Filters, filtered), output, at);
                break;
            case MacroNode macro:
                evaluator.Scope[macro.Macro.Name!] = new Macro(macro.Macro, evaluator);
                break;
            case CallBlockNode call:
                Write(evaluator.Invoke(call.Call, new Macro(call.Caller, evaluator)), output, call.Call.At);
                break;
            case WithNode with:
                Evaluator inner = evaluator.Inner();
                // The values are those of the scope outside, also where one has the name of another.
                object?[] values = [.. with.Values.Select(v => evaluator.Value(v.Value))];
                foreach (((AssignmentTarget target, _), object? value) in with.Values.Zip(values))
                    inner.Assign(target, value, with.At);
                Render(with.Body, inner, output);
                break;
            default:
                throw new InvalidOperationException($"{node.GetType().Name} cannot be rendered.");
        }
    }

    /// <summary>Writes what a block gives, which Jinja does not convert to text.</summary>
    private static void Write(object? value, StringBuilder output, Position at) =>
        output.Append(Values.AsText(value) ?? throw at.Error($"a block gives {Python.TypeName(value)}; expected a string"));

    private static object? Filtered(object? value, IReadOnlyList<FilterStep> filters, Evaluator evaluator) =>
        filters.Aggregate(value, (current, step) => TemplateFilters.Apply(step.Filter, current, evaluator.Bind(step.Arguments, step.At)));

    private static IReadOnlyList<Node> Choose(IfNode choice, Evaluator evaluator)
    {
        foreach ((Expression condition, IReadOnlyList<Node> body) in choice.Branches)
        {
            if (evaluator.IsTrue(condition))
                return body;
        }

        return choice.Else;
    }

    private static Flow Loop(ForNode loop, object? iterable, int depth, Evaluator outer, StringBuilder output)
    {
        IEnumerable<object?> items = Values.Items(iterable, loop.At);
        if (loop.Filter is not null)
        {
            items = Chosen(loop, items, outer);
            iterable = items;
        }

        string Recurse(object? inner, int level, Position at)
        {
            var text = new StringBuilder();
            outer.Rendering.EnterCall(at);
            Loop(loop, inner, level, outer, text);
            outer.Rendering.LeaveCall();
            return text.ToString();
        }

        var state = new LoopState(loop.Filter is null ? iterable : null, items, depth, loop.IsRecursive ? Recurse : null, outer.Rendering);
        bool any = false;
        while (state.Next(out object? item))
        {
            any = true;
            outer.Rendering.Step(loop.At);
            // In Jinja, assignments in the body of a loop are lost at the end of each iteration.
            Evaluator turn = outer.Inner();
            turn.Assign(loop.Target, item, loop.At);
            turn.Scope["loop"] = state;
            if (Render(loop.Body, turn, output) == Flow.Break)
                break;
        }

        return any ? Flow.Next : Render(loop.Else, outer.Inner(), output);
    }

    private static IEnumerable<object?> Chosen(ForNode loop, IEnumerable<object?> items, Evaluator outer)
    {
        foreach (object? item in items)
        {
            Evaluator filtering = outer.Inner();
            filtering.Assign(loop.Target, item, loop.At);
            if (filtering.IsTrue(loop.Filter!))
                yield return item;
        }
    }
}
