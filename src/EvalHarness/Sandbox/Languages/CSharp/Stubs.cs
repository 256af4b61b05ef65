using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace EvalHarness.Sandbox.Languages.CSharp;

/// <summary>
/// Methods for the tests to call, with the signatures of the program's static methods, that call these in the candidate. Written from the
/// compiler's symbols, so that nothing of the program's text, and no type of its own, gets to the tests.
/// </summary>
internal static class Stubs
{
    /// <summary>The field of the delegate that a stub calls, which is <see cref="Remote.Call"/>.</summary>
    public const string Field = "EvalHarnessCall", Class = "EvalHarnessRemote";

    private static readonly SymbolDisplayFormat Format = SymbolDisplayFormat.FullyQualifiedFormat;

    /// <summary>Writes a stub for each method that can have one.</summary>
    /// <param name="text">Takes the stubs.</param>
    /// <param name="type">A type of the program, whose methods count with those of its bases in the program.</param>
    /// <param name="taken">Names that have another meaning in the tests.</param>
    /// <param name="without">Takes the names of methods that have none, because a type of the program is in their signature.</param>
    public static void Write(StringBuilder text, INamedTypeSymbol type, HashSet<string> taken, HashSet<string> without)
    {
        var written = new HashSet<string>(taken);
        for (INamedTypeSymbol? t = type; t is not null && InProgram(t); t = t.BaseType)
        {
            var ordinals = new Dictionary<string, int>();
            var names = new List<string>();
            foreach (ISymbol member in t.GetMembers())
            {
                if (member is not IMethodSymbol method)
                    continue;
                int ordinal = ordinals.GetValueOrDefault(method.Name);
                ordinals[method.Name] = ordinal + 1;
                if (!method.IsStatic || method.MethodKind != MethodKind.Ordinary || written.Contains(method.Name))
                    continue;
                names.Add(method.Name);
                if (HasStub(method))
                    Write(text, method, $"{MetadataName(t)} {method.MetadataName} {ordinal}");
                else
                    without.Add(method.Name);
            }

            // A base's method of the same name is hidden.
            written.UnionWith(names);
        }
    }

    private static bool HasStub(IMethodSymbol method)
    {
        if (method.ReturnsByRef || method.ReturnsByRefReadonly || method.IsGenericMethod && method.ContainingType.IsGenericType)
            return false;
        foreach (IParameterSymbol parameter in method.Parameters)
        {
            if (!IsKnown(parameter.Type))
                return false;
        }

        return method.ReturnsVoid || IsKnown(method.ReturnType);
    }

    private static bool IsKnown(ITypeSymbol type)
    {
        switch (type)
        {
            case IArrayTypeSymbol array: return IsKnown(array.ElementType);
            case ITypeParameterSymbol parameter: return parameter.TypeParameterKind == TypeParameterKind.Method;
            case IDynamicTypeSymbol: return true;
            case INamedTypeSymbol named:
                if (InProgram(named) || named.IsRefLikeType || named.TypeKind == TypeKind.Error || named.IsAnonymousType)
                    return false;
                foreach (ITypeSymbol argument in named.TypeArguments)
                {
                    if (!IsKnown(argument))
                        return false;
                }

                return named.ContainingType is null || IsKnown(named.ContainingType);
            default: return false;
        }
    }

    private static bool InProgram(ITypeSymbol type) => type.ContainingAssembly is ISourceAssemblySymbol;

    private static string MetadataName(INamedTypeSymbol type)
    {
        string name = type.MetadataName;
        for (INamedTypeSymbol? outer = type.ContainingType; outer is not null; outer = outer.ContainingType)
            name = $"{outer.MetadataName}+{name}";
        return type.ContainingNamespace.IsGlobalNamespace ? name : $"{type.ContainingNamespace.ToDisplayString()}.{name}";
    }

    private static void Write(StringBuilder text, IMethodSymbol method, string key)
    {
        string result = method.ReturnsVoid ? "void" : method.ReturnType.ToDisplayString(Format);
        text.Append($"public static {result} @{method.Name}");
        var types = new List<string>();
        foreach (ITypeParameterSymbol parameter in method.TypeParameters)
            types.Add($"@{parameter.Name}");
        if (types.Count > 0)
            text.Append($"<{string.Join(", ", types)}>");
        var parameters = new List<string>();
        var arguments = new List<string>();
        var parameterTypes = new List<string>();
        var back = new StringBuilder();
        foreach (IParameterSymbol p in method.Parameters)
        {
            string type = p.Type.ToDisplayString(Format), kind = p.RefKind switch
            {
                RefKind.Ref => "ref ",
                RefKind.Out => "out ",
                RefKind.In => "in ",
                RefKind.RefReadOnlyParameter => "ref readonly ",
                _ => p.IsParams ? "params " : "",
            };
            parameters.Add($"{kind}{type} @{p.Name}{(p.HasExplicitDefaultValue ? " = " + Default(p) : "")}");
            parameterTypes.Add(TypeOf(type));
            arguments.Add(p.RefKind == RefKind.Out ? $"global::{Class}.Unset" : $"@{p.Name}");
            if (p.RefKind is RefKind.Ref or RefKind.Out)
                back.Append($"@{p.Name} = ({type})__arguments[{parameters.Count - 1}]; ");
        }

        text.Append($"({string.Join(", ", parameters)})");
        foreach (ITypeParameterSymbol p in method.TypeParameters)
        {
            if (p.HasValueTypeConstraint || p.HasReferenceTypeConstraint)
                text.Append($" where @{p.Name} : {(p.HasValueTypeConstraint ? "struct" : "class")}");
        }

        text.Append($" {{ object[] __arguments = new object[] {{ {string.Join(", ", arguments)} }}; ")
            .Append(method.ReturnsVoid ? "" : "object __result = ")
            .Append($"global::{Class}.{Field}({SymbolDisplay.FormatLiteral(key, true)}, ")
            .Append($"new global::System.Type[] {{ {string.Join(", ", types.ConvertAll(TypeOf))} }}, {TypeOf(result)}, ")
            .Append($"new global::System.Type[] {{ {string.Join(", ", parameterTypes)} }}, __arguments); ")
            .Append(back)
            .AppendLine(method.ReturnsVoid ? "}" : $"return ({result})__result; }}");
    }

    private static string TypeOf(string type)
    {
        string[] parts = type.Split("dynamic");
        var text = new StringBuilder(parts[0]);
        for (int i = 1; i < parts.Length; i++)
        {
            bool whole = (text.Length == 0 || !IsPart(text[^1])) && (parts[i].Length == 0 || !IsPart(parts[i][0]));
            text.Append(whole ? "object" : "dynamic").Append(parts[i]);
        }

        return $"typeof({text})";
    }

    private static bool IsPart(char c) => char.IsLetterOrDigit(c) || c is '_' or '@';

    private static string Default(IParameterSymbol parameter)
    {
        object? value = parameter.ExplicitDefaultValue;
        string text = value switch
        {
            null => "default",
            double.NaN or float.NaN => "(0d / 0d)",
            double.PositiveInfinity or float.PositiveInfinity => "(1d / 0d)",
            double.NegativeInfinity or float.NegativeInfinity => "(-1d / 0d)",
            double d => d.ToString("R", CultureInfo.InvariantCulture) + "d",
            float f => f.ToString("R", CultureInfo.InvariantCulture) + "f",
            decimal m => m.ToString(CultureInfo.InvariantCulture) + "m",
            _ => SymbolDisplay.FormatPrimitive(value, quoteStrings: true, useHexadecimalNumbers: false) ?? "default",
        };
        return value is null || parameter.Type is ITypeParameterSymbol ? "default"
            : $"({parameter.Type.ToDisplayString(Format)})({text})";
    }
}
