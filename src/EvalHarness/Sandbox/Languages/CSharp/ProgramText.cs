using System;
using System.Collections.Generic;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace EvalHarness.Sandbox.Languages.CSharp;

/// <summary>
/// A program and its tests as one text, taken apart again by where each begins: the tests may close the program's last method and stand in
/// its class.
/// </summary>
internal sealed class ProgramText
{
    private readonly string _program, _tests;

    public ProgramText(string program, string tests, CSharpParseOptions options)
    {
        (_program, _tests, Start) = (program + "\n", tests, program.Length + 1);
        Tree = CSharpSyntaxTree.ParseText(_program + tests, options);
        Root = (CompilationUnitSyntax)Tree.GetRoot();
        Collect(Root.Members);
    }

    public SyntaxTree Tree { get; }

    public CompilationUnitSyntax Root { get; }

    /// <summary>Where the tests begin, in characters.</summary>
    public int Start { get; }

    /// <summary>The outermost declarations that begin in the tests.</summary>
    public List<MemberDeclarationSyntax> Tests { get; } = [];

    /// <summary>The innermost class that begins in the program and ends in the tests; null where there is none.</summary>
    public TypeDeclarationSyntax? Holder { get; private set; }

    /// <summary>The tests' entry point; null where the program swallowed it.</summary>
    public MethodDeclarationSyntax? Main { get; private set; }

    /// <summary>
    /// Whether the tests, inside the text, consist of what they consist of alone: no comment, string, directive or interpolation that the
    /// program left open reaches into them.
    /// </summary>
    public bool TestsAreWhole()
    {
        var alone = new StringBuilder();
        foreach (SyntaxToken token in SyntaxFactory.ParseTokens(_tests, options: (CSharpParseOptions)Tree.Options))
            alone.Append(token.Text);
        var inside = new StringBuilder();
        var span = TextSpan.FromBounds(Start, _program.Length + _tests.Length);
        foreach (SyntaxNodeOrToken part in Root.DescendantNodesAndTokens(span, n => n is not InterpolatedStringExpressionSyntax))
        {
            if ((part.IsNode && !part.IsKind(SyntaxKind.InterpolatedStringExpression)) || part.Span.End <= Start)
                continue;
            if (part.SpanStart < Start && part.Span.Length > 0)
                return false;
            inside.Append(part.IsNode ? part.AsNode()!.ToString() : part.AsToken().Text);
        }

        return inside.Equals(alone);
    }

    /// <summary>The text without what the tests do: of their declarations only the head of the entry point is left.</summary>
    public string WithoutTests()
    {
        var text = new StringBuilder(_program + _tests);
        for (int i = Tests.Count - 1; i >= 0; i--)
        {
            TextSpan span = Tests[i].Span;
            string left = "";
            if (Tests[i] == Main && (SyntaxNode?)Main.Body is { } body)
                left = text.ToString(span.Start, body.SpanStart - span.Start) + "{ throw null; }";
            text.Remove(span.Start, span.Length).Insert(span.Start, left);
        }

        return text.ToString();
    }

    private void Collect(SyntaxList<MemberDeclarationSyntax> members)
    {
        foreach (MemberDeclarationSyntax member in members)
        {
            if (member.SpanStart >= Start)
            {
                Tests.Add(member);
                FindMain(member);
            }
            else if (member.FullSpan.End > Start)
            {
                if (member is TypeDeclarationSyntax type)
                {
                    Holder = type;
                    Collect(type.Members);
                }
                else if (member is BaseNamespaceDeclarationSyntax space)
                {
                    Collect(space.Members);
                }
            }
        }
    }

    private void FindMain(MemberDeclarationSyntax member)
    {
        if (member is MethodDeclarationSyntax method && method.Identifier.ValueText == "Main")
            Main ??= method;
        if (member is TypeDeclarationSyntax type)
        {
            foreach (MemberDeclarationSyntax inner in type.Members)
                FindMain(inner);
        }
        else if (member is BaseNamespaceDeclarationSyntax space)
        {
            foreach (MemberDeclarationSyntax inner in space.Members)
                FindMain(inner);
        }
    }
}
