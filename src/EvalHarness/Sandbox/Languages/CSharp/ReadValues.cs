using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Numerics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Tasks;

namespace EvalHarness.Sandbox.Languages.CSharp;

/// <summary>Makes values of the bytes that <see cref="Values"/> wrote, and trusts none of them.</summary>
internal static class ReadValues
{
    /// <exception cref="ProtocolException">The bytes are no value of the type, or end before it does.</exception>
    public static object? Read(BinaryReader from, Type declared, int depth = 0)
    {
        if (depth > Values.Deepest)
            throw new ProtocolException();
        if (Nullable.GetUnderlyingType(declared) is { } underlying)
            return Flag(from) ? Read(from, underlying, depth + 1) : null;
        if (Kinds.IsExact(declared))
            return declared.IsValueType || Flag(from) ? ReadContent(from, declared, depth) : null;
        if (Kinds.Read(from) is not { } type)
            return declared.IsValueType ? throw new ProtocolException() : null;
        if (!Kinds.IsExact(type) || Nullable.GetUnderlyingType(type) is not null || !declared.IsAssignableFrom(type))
            throw new ProtocolException();
        return ReadContent(from, type, depth);
    }

    private static object ReadContent(BinaryReader from, Type type, int depth)
    {
        if (type.IsEnum)
            return Enum.ToObject(type, ReadContent(from, Enum.GetUnderlyingType(type), depth));
        switch (Type.GetTypeCode(type))
        {
            case TypeCode.Boolean: return Flag(from);
            case TypeCode.Char: return (char)from.ReadUInt16();
            case TypeCode.SByte: return from.ReadSByte();
            case TypeCode.Byte: return from.ReadByte();
            case TypeCode.Int16: return from.ReadInt16();
            case TypeCode.UInt16: return from.ReadUInt16();
            case TypeCode.Int32: return from.ReadInt32();
            case TypeCode.UInt32: return from.ReadUInt32();
            case TypeCode.Int64: return from.ReadInt64();
            case TypeCode.UInt64: return from.ReadUInt64();
            case TypeCode.Single: return BitConverter.Int32BitsToSingle(from.ReadInt32());
            case TypeCode.Double: return BitConverter.Int64BitsToDouble(from.ReadInt64());
            case TypeCode.Decimal: return new decimal([from.ReadInt32(), from.ReadInt32(), from.ReadInt32(), from.ReadInt32()]);
            case TypeCode.String: return Text(from);
            case TypeCode.DateTime: return new DateTime(from.ReadInt64(), (DateTimeKind)from.ReadByte());
        }

        if (type.IsArray)
            return ReadArray(from, type, depth);
        if (typeof(IDictionary).IsAssignableFrom(type))
            return ReadDictionary(from, type, depth);
        if (type != typeof(string) && typeof(IEnumerable).IsAssignableFrom(type))
            return ReadSequence(from, type, depth);
        return type.IsGenericType ? ReadMembers(from, type, depth) : ReadRare(from, type);
    }

    private static object ReadRare(BinaryReader from, Type type)
    {
        if (type == typeof(BigInteger))
            return new BigInteger(from.ReadBytes(Count(from)));
        if (type == typeof(Half))
            return BitConverter.UInt16BitsToHalf(from.ReadUInt16());
        if (type == typeof(Int128))
            return new Int128(from.ReadUInt64(), from.ReadUInt64());
        if (type == typeof(UInt128))
            return new UInt128(from.ReadUInt64(), from.ReadUInt64());
        if (type == typeof(Complex))
            return new Complex(BitConverter.Int64BitsToDouble(from.ReadInt64()), BitConverter.Int64BitsToDouble(from.ReadInt64()));
        if (type == typeof(DateTimeOffset))
            return new DateTimeOffset(from.ReadInt64(), new TimeSpan(from.ReadInt64()));
        if (type == typeof(TimeSpan))
            return new TimeSpan(from.ReadInt64());
        if (type == typeof(DateOnly))
            return DateOnly.FromDayNumber(from.ReadInt32());
        if (type == typeof(TimeOnly))
            return new TimeOnly(from.ReadInt64());
        if (type == typeof(Guid))
            return new Guid(from.ReadBytes(16));
        if (type == typeof(Rune))
            return new Rune(from.ReadInt32());
        if (type == typeof(StringBuilder))
            return new StringBuilder(Text(from));
        return type == typeof(Task) ? Task.CompletedTask : throw new ProtocolException();
    }

    private static Array ReadArray(BinaryReader from, Type type, int depth)
    {
        var lengths = new int[type.GetArrayRank()];
        long all = 1;
        for (int i = 0; i < lengths.Length; i++)
        {
            lengths[i] = from.ReadInt32();
            if (lengths[i] < 0 || (all *= lengths[i]) > Wire.Longest)
                throw new ProtocolException();
        }

        // No value is written as less than a byte.
        if (all > from.BaseStream.Length - from.BaseStream.Position)
            throw new ProtocolException();
        Type element = type.GetElementType()!;
        var array = Array.CreateInstance(element, lengths);
        var index = new int[lengths.Length];
        for (long i = 0; i < all; i++)
        {
            array.SetValue(Read(from, element, depth + 1), index);
            for (int d = index.Length - 1; d >= 0 && ++index[d] == lengths[d]; d--)
                index[d] = 0;
        }

        return array;
    }

    private static object ReadSequence(BinaryReader from, Type type, int depth)
    {
        Type element = type.IsGenericType ? type.GetGenericArguments()[0] : typeof(object);
        var items = Array.CreateInstance(element, Count(from));
        for (int i = 0; i < items.Length; i++)
            items.SetValue(Read(from, element, depth + 1), i);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Stack<>))
            Array.Reverse(items);
        return Make(type, [items]);
    }

    private static IDictionary ReadDictionary(BinaryReader from, Type type, int depth)
    {
        Type[] arguments = type.GetGenericArguments();
        var dictionary = (IDictionary)Activator.CreateInstance(type)!;
        for (int count = Count(from); count > 0; count--)
        {
            object? key = Read(from, arguments[0], depth + 1);
            dictionary.Add(key ?? throw new ProtocolException(), Read(from, arguments[1], depth + 1));
        }

        return dictionary;
    }

    private static object ReadMembers(BinaryReader from, Type type, int depth)
    {
        Type[] arguments = type.GetGenericArguments();
        var items = new object?[arguments.Length];
        for (int i = 0; i < items.Length; i++)
            items[i] = Read(from, arguments[i], depth + 1);
        return type.GetGenericTypeDefinition() == typeof(Task<>)
            ? typeof(Task).GetMethod(nameof(Task.FromResult))!.MakeGenericMethod(arguments).Invoke(null, items)!
            : Make(type, items);
    }

    private static object Make(Type type, object?[] arguments) =>
        Activator.CreateInstance(
            type, BindingFlags.DoNotWrapExceptions | BindingFlags.Public | BindingFlags.Instance, null, arguments, null)!;

    private static string Text(BinaryReader from)
    {
        int length = from.ReadInt32();
        if (length < 0 || 2L * length > from.BaseStream.Length - from.BaseStream.Position)
            throw new ProtocolException();
        return new string(MemoryMarshal.Cast<byte, char>(from.ReadBytes(2 * length)));
    }

    /// <summary>How many bytes or values follow, each of which has at least a byte.</summary>
    private static int Count(BinaryReader from)
    {
        int count = from.ReadInt32();
        return count >= 0 && count <= from.BaseStream.Length - from.BaseStream.Position ? count : throw new ProtocolException();
    }

    private static bool Flag(BinaryReader from) => from.ReadByte() switch { 0 => false, 1 => true, _ => throw new ProtocolException() };
}
