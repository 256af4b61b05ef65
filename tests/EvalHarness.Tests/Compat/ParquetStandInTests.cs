using System.Reflection;
using Parquet;

namespace EvalHarness.Tests.Compat;

/// <summary>
/// Every public member of the Parquet assembly in use stands, with the same signature, in the list that was made from Parquet.Net 6.1
/// itself (parquet-net-6.1.txt). Over the stand-in this holds it to the real one's signatures; over the real one it is true of itself.
/// </summary>
public sealed class ParquetStandInTests
{
    /// <summary>Compiler-made members of records, and what every object has.</summary>
    private static readonly HashSet<string> Ignored = ["ToString", "GetHashCode", "Equals", "Deconstruct", "<Clone>$", "PrintMembers", "op_Equality", "op_Inequality", "GetType"];

    internal static IEnumerable<string> Members(Assembly assembly)
    {
        foreach (Type type in assembly.GetExportedTypes())
        {
            foreach (MemberInfo member in type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly).Where(m => !Ignored.Contains(m.Name) && m is not MethodInfo { IsSpecialName: true }))
                yield return $"{Name(type)}.{Signature(member)}";
        }
    }

    private static string Signature(MemberInfo member) => member switch
    {
        MethodInfo method => $"{method.Name}{(method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "")}({Parameters(method)}) : {Name(method.ReturnType)}",
        ConstructorInfo constructor => $"new({Parameters(constructor)})",
        PropertyInfo property => $"{property.Name} : {Name(property.PropertyType)}{(property.SetMethod?.IsPublic == true ? " { get; set; }" : " { get; }")}",
        FieldInfo field => field.DeclaringType!.IsEnum && field.IsLiteral ? $"{field.Name} = {field.GetRawConstantValue()}" : $"{field.Name} : {Name(field.FieldType)}",
        _ => member.ToString()!,
    };

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(p =>
        $"{Name(p.ParameterType)} {p.Name}{(p.HasDefaultValue ? $" = {p.DefaultValue ?? (p.ParameterType.IsValueType && Nullable.GetUnderlyingType(p.ParameterType) is null ? "default" : "null")}" : "")}"));

    private static string Name(Type type) => type.IsGenericType
        ? $"{type.Namespace}.{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : type.IsGenericParameter ? type.Name : type.FullName ?? type.Name;

    [Fact]
    public void Members_OfTheAssemblyInUse_AreTheRealOnes()
    {
        HashSet<string> real = [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Compat", "parquet-net-6.1.txt"))];
        string[] used = [.. Members(typeof(ParquetReader).Assembly)];
        Assert.NotEmpty(used);
        Assert.All(used, member => Assert.Contains(member, real));
    }
}
