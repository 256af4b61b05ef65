using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Tasks;

namespace EvalHarness.Sandbox.Languages.CSharp;

/// <summary>Writes values as bytes. Equal values give equal bytes, so that a change of an argument is seen.</summary>
internal static class Values
{
    /// <summary>Of values inside values.</summary>
    public const int Deepest = 200;

    /// <exception cref="NotTravellingException">It, or a value in it, has a type that is not sent.</exception>
    public static void Write(BinaryWriter to, object? value, Type declared, int depth = 0)
    {
        if (depth > Deepest)
            throw new NotTravellingException($"a value of more than {Deepest} levels");
        if (Nullable.GetUnderlyingType(declared) is { } underlying)
        {
            to.Write(value is not null);
            if (value is not null)
                Write(to, value, underlying, depth + 1);
        }
        else if (!Kinds.IsExact(declared))
        {
            Type? type = value is null ? null : Kinds.Of(value);
            Kinds.Write(to, type);
            if (type is not null)
                WriteContent(to, value!, type, depth);
        }
        else
        {
            if (!declared.IsValueType)
                to.Write(value is not null);
            if (value is not null)
                WriteContent(to, value, declared, depth);
        }
    }

    private static void WriteContent(BinaryWriter to, object value, Type type, int depth)
    {
        switch (value)
        {
            case Enum:
                Type number = Enum.GetUnderlyingType(type);
                WriteContent(to, Convert.ChangeType(value, number, null), number, depth);
                break;
            case bool v: to.Write(v); break;
            case char v: to.Write((ushort)v); break;
            case sbyte v: to.Write(v); break;
            case byte v: to.Write(v); break;
            case short v: to.Write(v); break;
            case ushort v: to.Write(v); break;
            case int v: to.Write(v); break;
            case uint v: to.Write(v); break;
            case long v: to.Write(v); break;
            case ulong v: to.Write(v); break;
            case float v: to.Write(BitConverter.SingleToInt32Bits(v)); break;
            case double v: to.Write(BitConverter.DoubleToInt64Bits(v)); break;
            case decimal v: WriteWords(to, decimal.GetBits(v)); break;
            case string v: WriteText(to, v); break;
            case Array v: WriteArray(to, v, type, depth); break;
            case IDictionary v: WriteDictionary(to, v, type, depth); break;
            case IEnumerable v: WriteSequence(to, v, type, depth); break;
            case ITuple: WriteMembers(to, value, type, depth); break;
            case Task v: WriteTask(to, v, type, depth); break;
            default: WriteRare(to, value, type, depth); break;
        }
    }

    private static void WriteRare(BinaryWriter to, object value, Type type, int depth)
    {
        switch (value)
        {
            case BigInteger v:
                byte[] bytes = v.ToByteArray();
                to.Write(bytes.Length);
                to.Write(bytes);
                break;
            case Half v: to.Write(BitConverter.HalfToUInt16Bits(v)); break;
            case Int128 v: to.Write((ulong)(v >>> 64)); to.Write((ulong)(v & ulong.MaxValue)); break;
            case UInt128 v: to.Write((ulong)(v >> 64)); to.Write((ulong)(v & ulong.MaxValue)); break;
            case Complex v: to.Write(BitConverter.DoubleToInt64Bits(v.Real)); to.Write(BitConverter.DoubleToInt64Bits(v.Imaginary)); break;
            case DateTime v: to.Write(v.Ticks); to.Write((byte)v.Kind); break;
            case DateTimeOffset v: to.Write(v.Ticks); to.Write(v.Offset.Ticks); break;
            case TimeSpan v: to.Write(v.Ticks); break;
            case DateOnly v: to.Write(v.DayNumber); break;
            case TimeOnly v: to.Write(v.Ticks); break;
            case Guid v: to.Write(v.ToByteArray()); break;
            case Rune v: to.Write(v.Value); break;
            case StringBuilder v: WriteText(to, v.ToString()); break;
            default:
                if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(KeyValuePair<,>))
                    throw new NotTravellingException($"a value of type {type}");
                WriteMembers(to, value, type, depth);
                break;
        }
    }

    private static void WriteWords(BinaryWriter to, int[] words)
    {
        foreach (int word in words)
            to.Write(word);
    }

    /// <summary>As UTF-16, because half a surrogate pair has no UTF-8.</summary>
    private static void WriteText(BinaryWriter to, string text)
    {
        to.Write(text.Length);
        to.Write(MemoryMarshal.AsBytes(text.AsSpan()));
    }

    private static void WriteArray(BinaryWriter to, Array array, Type type, int depth)
    {
        for (int i = 0; i < array.Rank; i++)
        {
            if (array.GetLowerBound(i) != 0)
                throw new NotTravellingException("an array that does not begin at 0");
            to.Write(array.GetLength(i));
        }

        Type element = type.GetElementType()!;
        foreach (object? item in array)
            Write(to, item, element, depth + 1);
    }

    private static void WriteSequence(BinaryWriter to, IEnumerable sequence, Type type, int depth)
    {
        CheckComparer(sequence, type);
        Type element = type.IsGenericType ? type.GetGenericArguments()[0] : typeof(object);
        long start = to.BaseStream.Position;
        int count = 0;
        to.Write(count);
        foreach (object? item in sequence)
        {
            Write(to, item, element, depth + 1);
            count++;
            if (to.BaseStream.Position > Wire.Longest)
                throw new NotTravellingException($"values of more than {Wire.Longest >> 20} MiB");
        }

        long end = to.BaseStream.Position;
        to.BaseStream.Position = start;
        to.Write(count);
        to.BaseStream.Position = end;
    }

    private static void WriteDictionary(BinaryWriter to, IDictionary dictionary, Type type, int depth)
    {
        CheckComparer(dictionary, type);
        Type[] arguments = type.GetGenericArguments();
        to.Write(dictionary.Count);
        foreach (DictionaryEntry entry in dictionary)
        {
            Write(to, entry.Key, arguments[0], depth + 1);
            Write(to, entry.Value, arguments[1], depth + 1);
        }
    }

    /// <summary>Items of tuples and pairs, in the order of their types.</summary>
    private static void WriteMembers(BinaryWriter to, object value, Type type, int depth)
    {
        Type[] arguments = type.GetGenericArguments();
        bool pair = type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>);
        for (int i = 0; i < arguments.Length; i++)
        {
            string name = pair ? (i == 0 ? "Key" : "Value") : i == 7 ? "Rest" : $"Item{i + 1}";
            object? item = type.GetField(name) is { } field ? field.GetValue(value) : type.GetProperty(name)!.GetValue(value);
            Write(to, item, arguments[i], depth + 1);
        }
    }

    /// <summary>What the task ends with; its exception is an exception of the call.</summary>
    private static void WriteTask(BinaryWriter to, Task task, Type type, int depth)
    {
        task.GetAwaiter().GetResult();
        if (type.IsGenericType)
            Write(to, type.GetProperty("Result")!.GetValue(task), type.GetGenericArguments()[0], depth + 1);
    }

    /// <summary>A comparer is code, and so does not travel; the types' own do not have to.</summary>
    private static void CheckComparer(object collection, Type type)
    {
        if (type.GetProperty("Comparer")?.GetValue(collection) is not { } comparer || comparer == StringComparer.Ordinal)
            return;
        Type general = comparer is IComparer ? typeof(Comparer<>) : typeof(EqualityComparer<>);
        object? own = general.MakeGenericType(type.GetGenericArguments()[0])
            .GetProperty("Default", BindingFlags.Static | BindingFlags.Public)!.GetValue(null);
        if (!Equals(own, comparer))
            throw new NotTravellingException("a collection with a comparer of its own");
    }
}
