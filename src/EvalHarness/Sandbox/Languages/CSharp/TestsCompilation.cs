using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Emit;

namespace EvalHarness.Sandbox.Languages.CSharp;

/// <summary>
/// The tests' own compilation. Of the program it has the namespaces of the framework that it uses and stubs of its methods; a type of the
/// program has a name in it only where the tests name it and the framework has no type of that name.
/// </summary>
internal sealed class TestsCompilation(ProgramText text, CSharpCompilation program)
{
    private const string Holder = "EvalHarnessTests";

    private readonly CSharpCompilation _empty = program.RemoveAllSyntaxTrees();

    private readonly HashSet<string> _declared =
        ["Main", "Equals", "ReferenceEquals", "ToString", "GetHashCode", "GetType", "MemberwiseClone"];

    private readonly HashSet<string> _withoutStub = [];

    private readonly List<INamedTypeSymbol> _named = [];

    /// <exception cref="WrongProgramException">The tests do not fit the program.</exception>
    public (byte[] Assembly, string Main) Compile()
    {
        foreach (MemberDeclarationSyntax test in text.Tests)
        {
            if (test.Parent is TypeDeclarationSyntax parent && parent != text.Holder)
                throw new WrongProgramException("the program's braces do not match those of its tests");
            foreach (SyntaxToken token in test.ChildTokens())
                _declared.Add(token.ValueText);
            if (test is not BaseFieldDeclarationSyntax field)
                continue;
            foreach (VariableDeclaratorSyntax variable in field.Declaration.Variables)
                _declared.Add(variable.Identifier.ValueText);
        }

        INamedTypeSymbol? holder = HolderSymbol();
        for (;;)
        {
            using var image = new MemoryStream();
            EmitResult result = Tester.Emit(_empty.AddSyntaxTrees(CSharpSyntaxTree.ParseText(
                Source(holder), (CSharpParseOptions)text.Tree.Options)), image);
            if (result.Success)
                return (image.ToArray(), MainType());
            Diagnostic error = Tester.FirstError(result.Diagnostics)!;
            if (!AddNamed(result.Diagnostics))
                throw new WrongProgramException(Explain(error));
        }
    }

    private INamedTypeSymbol? HolderSymbol()
    {
        if (text.Holder is null)
            return null;
        SyntaxTree tree = program.SyntaxTrees[0];
        foreach (SyntaxNode node in tree.GetRoot().DescendantNodes(n => n.FullSpan.End > text.Holder.SpanStart))
        {
            if (node is TypeDeclarationSyntax && node.SpanStart == text.Holder.SpanStart)
                return program.GetSemanticModel(tree).GetDeclaredSymbol((TypeDeclarationSyntax)node);
        }

        return null;
    }

    private string MainType()
    {
        string name = "";
        for (SyntaxNode? node = text.Main!.Parent; node is not null; node = node.Parent)
        {
            if (node == text.Holder)
                return name.Length == 0 ? Holder : $"{Holder}+{name}";
            if (node is TypeDeclarationSyntax type)
                name = name.Length == 0 ? type.Identifier.ValueText : $"{type.Identifier.ValueText}+{name}";
            else if (node is BaseNamespaceDeclarationSyntax space && space.SpanStart >= text.Start)
                name = $"{space.Name}.{name}";
        }

        return name;
    }

    private string Source(INamedTypeSymbol? holder)
    {
        var source = new StringBuilder();
        foreach (string space in Namespaces())
            source.AppendLine($"using global::{space};");
        var outside = new StringBuilder();
        bool isStatic = false;
        foreach (SyntaxToken modifier in text.Holder?.Modifiers ?? default)
            isStatic |= modifier.IsKind(SyntaxKind.StaticKeyword);
        source.AppendLine($"{(isStatic ? "static " : "")}partial class {Holder} {{");
        // Without what stands before and after a declaration, which may be text of the program that its own directives disable there.
        foreach (MemberDeclarationSyntax test in text.Tests)
            (test.Parent is TypeDeclarationSyntax ? source : outside).AppendLine(test.ToString());
        source.AppendLine("}").Append(outside);
        if (holder is not null)
        {
            source.AppendLine($"{(isStatic ? "static " : "")}partial class {Holder} {{");
            Stubs.Write(source, holder, _declared, _withoutStub);
            source.AppendLine("}");
        }

        foreach (INamedTypeSymbol type in _named)
        {
            source.AppendLine($"static class @{type.Name} {{");
            Stubs.Write(source, type, SymbolEqualityComparer.Default.Equals(type, holder) ? _declared : [], _withoutStub);
            source.AppendLine("}");
        }

        return source.AppendLine(
            $"public static class {Stubs.Class} {{ public static object Unset; "
            + "public static global::System.Func<string, global::System.Type[], "
            + $"global::System.Type, global::System.Type[], object[], object> {Stubs.Field}; }}").ToString();
    }

    /// <summary>Namespaces of the framework that the program uses, or lies in.</summary>
    private HashSet<string> Namespaces()
    {
        var names = new HashSet<string>();
        void Add(SyntaxList<UsingDirectiveSyntax> usings)
        {
            foreach (UsingDirectiveSyntax line in usings)
            {
                if (line.Alias is null && line.StaticKeyword.IsKind(SyntaxKind.None) && line.Name is not null)
                    names.Add(line.Name.ToString().Replace("global::", "", StringComparison.Ordinal));
            }
        }

        Add(text.Root.Usings);
        for (SyntaxNode? node = text.Holder; node is not null; node = node.Parent)
        {
            if (node is BaseNamespaceDeclarationSyntax space)
            {
                Add(space.Usings);
                names.Add(space.Name.ToString());
            }
        }

        names.RemoveWhere(name => Find(name) is null);
        return names;
    }

    private INamespaceSymbol? Find(string name)
    {
        INamespaceSymbol? space = _empty.GlobalNamespace;
        foreach (string part in name.Split('.'))
        {
            INamespaceSymbol? inner = null;
            foreach (INamespaceOrTypeSymbol member in space.GetMembers(part.Trim()))
                inner ??= member as INamespaceSymbol;
            if ((space = inner) is null)
                return null;
        }

        return space;
    }

    /// <summary>Takes types that the tests miss from the program; false where there is none.</summary>
    private bool AddNamed(IEnumerable<Diagnostic> diagnostics)
    {
        bool added = false;
        foreach (Diagnostic diagnostic in diagnostics)
        {
            if (diagnostic.Id is not ("CS0103" or "CS0246") || MissingName(diagnostic) is not { } name)
                continue;
            foreach (ISymbol symbol in program.GetSymbolsWithName(name, SymbolFilter.Type))
            {
                if (symbol is not INamedTypeSymbol type || type.IsGenericType || IsOfFramework(name, _empty.GlobalNamespace)
                    || _named.Exists(n => n.Name == name))
                    continue;
                _named.Add(type);
                added = true;
            }
        }

        return added;
    }

    private static string? MissingName(Diagnostic diagnostic) =>
        diagnostic.Location.SourceTree?.GetText().ToString(diagnostic.Location.SourceSpan).Split('<')[0].TrimStart('@');

    private static bool IsOfFramework(string name, INamespaceSymbol space)
    {
        if (!space.GetTypeMembers(name).IsEmpty)
            return true;
        foreach (INamespaceSymbol inner in space.GetNamespaceMembers())
        {
            if (IsOfFramework(name, inner))
                return true;
        }

        return false;
    }

    private string Explain(Diagnostic error)
    {
        string? name = MissingName(error);
        bool own = name is not null && (_withoutStub.Contains(name) || _named.Exists(n => n.Name == name));
        foreach (string method in _withoutStub)
            own |= name is not null && name.EndsWith("." + method, StringComparison.Ordinal);
        return own
            ? new NotTravellingException($"the tests use {name}, and values of the program's own types").Message
            : Tester.Text(error);
    }
}
