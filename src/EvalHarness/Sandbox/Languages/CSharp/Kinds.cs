using System;
using System.Collections;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.IO;
using System.Numerics;
using System.Text;
using System.Threading.Tasks;

namespace EvalHarness.Sandbox.Languages.CSharp;

/// <summary>
/// The types whose values travel. A value whose declared type does not say what it is carries the number of its type in this table, so that
/// no message can make a value of another type.
/// </summary>
internal static class Kinds
{
    private const byte Null = 0, Array = 255;

    /// <summary>Of types inside types: List of List of ...</summary>
    private const int Deepest = 16;

    /// <summary>A type's number is its place here, from 1 on.</summary>
    private static readonly Type[] Table =
    [
        typeof(bool), typeof(char), typeof(sbyte), typeof(byte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long),
        typeof(ulong), typeof(float), typeof(double), typeof(decimal), typeof(string), typeof(BigInteger), typeof(Half), typeof(Int128),
        typeof(UInt128), typeof(Complex), typeof(DateTime), typeof(DateTimeOffset), typeof(TimeSpan), typeof(DateOnly), typeof(TimeOnly),
        typeof(Guid), typeof(Rune), typeof(StringBuilder), typeof(DayOfWeek), typeof(DateTimeKind), typeof(object), typeof(Nullable<>),
        typeof(List<>), typeof(HashSet<>), typeof(SortedSet<>), typeof(Queue<>), typeof(Stack<>), typeof(LinkedList<>),
        typeof(Collection<>), typeof(ReadOnlyCollection<>), typeof(ArrayList),
        typeof(Dictionary<,>), typeof(SortedDictionary<,>), typeof(SortedList<,>), typeof(KeyValuePair<,>),
        typeof(Tuple<>), typeof(Tuple<,>), typeof(Tuple<,,>), typeof(Tuple<,,,>), typeof(Tuple<,,,,>), typeof(Tuple<,,,,,>),
        typeof(Tuple<,,,,,,>), typeof(Tuple<,,,,,,,>),
        typeof(ValueTuple<>), typeof(ValueTuple<,>), typeof(ValueTuple<,,>), typeof(ValueTuple<,,,>), typeof(ValueTuple<,,,,>),
        typeof(ValueTuple<,,,,,>), typeof(ValueTuple<,,,,,,>), typeof(ValueTuple<,,,,,,,>),
        typeof(Task), typeof(Task<>),
        typeof(IEnumerable<>), typeof(IList<>), typeof(ICollection<>), typeof(IReadOnlyList<>), typeof(IReadOnlyCollection<>),
        typeof(IDictionary<,>), typeof(IReadOnlyDictionary<,>), typeof(ISet<>),
    ];

    /// <summary>Whether the declared type alone says how a value is written: a known one that is no base of others.</summary>
    public static bool IsExact(Type type) =>
        type.IsArray || type.IsEnum || (type != typeof(object) && !type.IsInterface && System.Array.IndexOf(Table, Definition(type)) >= 0);

    /// <summary>The type that a value is written as: its own or a base of it, or a list where it is any other sequence.</summary>
    /// <exception cref="NotTravellingException">There is none.</exception>
    public static Type Of(object value)
    {
        for (Type? type = value.GetType(); type is not null && type != typeof(object); type = type.BaseType)
        {
            if (IsKnown(type, 0))
                return type;
        }

        foreach (Type type in value.GetType().GetInterfaces())
        {
            if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IEnumerable<>) && IsKnown(type, 0))
                return typeof(List<>).MakeGenericType(type.GetGenericArguments());
        }

        throw new NotTravellingException($"a value of type {value.GetType()}");
    }

    public static void Write(BinaryWriter to, Type? type)
    {
        if (type is null)
        {
            to.Write(Null);
        }
        else if (type.IsArray)
        {
            to.Write(Array);
            to.Write((byte)(type.IsSZArray ? 0 : type.GetArrayRank()));
            Write(to, type.GetElementType());
        }
        else
        {
            int index = System.Array.IndexOf(Table, Definition(type));
            if (index < 0)
                throw new NotTravellingException($"a value of type {type}");
            to.Write((byte)(index + 1));
            foreach (Type argument in type.GetGenericArguments())
                Write(to, argument);
        }
    }

    /// <summary>The type that a message names; null for the null reference.</summary>
    public static Type? Read(BinaryReader from, int depth = 0)
    {
        byte number = from.ReadByte();
        if (number == Null)
            return depth == 0 ? null : throw new ProtocolException();
        if (depth > Deepest)
            throw new ProtocolException();
        if (number == Array)
        {
            byte rank = from.ReadByte();
            Type element = Read(from, depth + 1)!;
            return rank switch { 0 => element.MakeArrayType(), <= 8 => element.MakeArrayType(rank), _ => throw new ProtocolException() };
        }

        if (number > Table.Length)
            throw new ProtocolException();
        Type type = Table[number - 1];
        if (!type.IsGenericTypeDefinition)
            return type;
        var arguments = new Type[type.GetGenericArguments().Length];
        for (int i = 0; i < arguments.Length; i++)
            arguments[i] = Read(from, depth + 1)!;
        return type.MakeGenericType(arguments);
    }

    private static bool IsKnown(Type type, int depth)
    {
        if (depth > Deepest)
            return false;
        if (type.IsArray)
            return IsKnown(type.GetElementType()!, depth + 1);
        if (System.Array.IndexOf(Table, Definition(type)) < 0)
            return false;
        foreach (Type argument in type.GetGenericArguments())
        {
            if (!IsKnown(argument, depth + 1))
                return false;
        }

        return true;
    }

    private static Type Definition(Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : type;
}
