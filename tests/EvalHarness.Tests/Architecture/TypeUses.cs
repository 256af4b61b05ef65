using Mono.Cecil;

namespace EvalHarness.Tests.Architecture;

/// <summary>
/// Finds the types that a type of a compiled assembly uses in its signatures, attributes and method bodies. The bodies of lambdas,
/// iterators and async methods are in types nested in it. The use of a constant or of nameof leaves no trace in compiled code and is not
/// found.
/// </summary>
internal static class TypeUses
{
    internal static IEnumerable<TypeReference> Of(TypeDefinition type) =>
    [
        .. Known(type.BaseType),
        .. type.Interfaces.SelectMany(i => Known(i.InterfaceType)),
        .. Constraints(type),
        .. Attributes(type),
        .. type.Fields.SelectMany(f => (TypeReference[])[.. Known(f.FieldType), .. Attributes(f)]),
        .. type.Properties.SelectMany(Attributes),
        .. type.Methods.SelectMany(Of),
        .. type.NestedTypes.SelectMany(Of),
    ];

    /// <summary>The methods that it calls or takes as delegates, in its own bodies and in those of the types nested in it.</summary>
    internal static IEnumerable<MethodReference> Calls(TypeDefinition type) =>
    [
        .. type.Methods.Where(m => m.HasBody).SelectMany(m => m.Body.Instructions).Select(i => i.Operand).OfType<MethodReference>(),
        .. type.NestedTypes.SelectMany(Calls),
    ];

    private static IEnumerable<TypeReference> Of(MethodDefinition method) =>
    [
        .. Signature(method),
        .. Constraints(method),
        .. Attributes(method),
        .. method.Parameters.SelectMany(Attributes),
        .. method.HasBody
            ? (TypeReference[])
            [
                .. method.Body.Variables.SelectMany(v => Known(v.VariableType)),
                .. method.Body.ExceptionHandlers.SelectMany(h => Known(h.CatchType)),
                .. method.Body.Instructions.SelectMany(i => Operand(i.Operand)),
            ]
            : [],
    ];

    private static IEnumerable<TypeReference> Operand(object? operand) => operand switch
    {
        TypeReference type => Known(type),
        FieldReference field => [.. Known(field.DeclaringType), .. Known(field.FieldType)],
        GenericInstanceMethod generic => [.. Operand(generic.ElementMethod), .. generic.GenericArguments.SelectMany(Known)],
        MethodReference method => [.. Known(method.DeclaringType), .. Signature(method)],
        _ => [],
    };

    private static IEnumerable<TypeReference> Signature(MethodReference method) =>
        [.. Known(method.ReturnType), .. method.Parameters.SelectMany(p => Known(p.ParameterType))];

    private static IEnumerable<TypeReference> Constraints(IGenericParameterProvider generic) =>
        generic.GenericParameters.SelectMany(p => p.Constraints).SelectMany(c => Known(c.ConstraintType));

    private static IEnumerable<TypeReference> Attributes(ICustomAttributeProvider owner) =>
        owner.CustomAttributes.SelectMany(a => (TypeReference[])
        [
            .. Known(a.AttributeType),
            .. a.ConstructorArguments.Concat(a.Properties.Select(p => p.Argument))
                .Select(c => c.Value)
                .OfType<TypeReference>()
                .SelectMany(Known),
        ]);

    /// <summary>The types that a reference names: the element type of an array, pointer or reference, and the type arguments.</summary>
    private static IEnumerable<TypeReference> Known(TypeReference? type) => type switch
    {
        null or GenericParameter => [],
        GenericInstanceType generic => [generic.ElementType, .. generic.GenericArguments.SelectMany(Known)],
        TypeSpecification specification => Known(specification.ElementType),
        _ => [type],
    };
}
