using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using EvalHarness.Data;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Code;

/// <summary>
/// Writes values as the interpreter reads them. A value is JSON; what JSON has no form for is <c>{"$": kind, "v": ...}</c>, so that a tuple
/// arrives as a tuple and NaN as NaN (<c>Box/codec.py</c>).
/// </summary>
internal static class CodeValues
{
    /// <summary>The levels of lists and maps that either side reads. A tag takes two.</summary>
    internal const int Deepest = 256;

    /// <summary>The member that marks a tag, and the one with its value.</summary>
    internal const string Kind = "$", Value = "v";

    /// <summary>An integer of more digits travels in hexadecimal, because Python limits decimal texts to 4,300 digits.</summary>
    private const int LongestDecimal = 4000;

    /// <exception cref="ArgumentException">The value, or one inside it, is not plain.</exception>
    /// <exception cref="InvalidOperationException">The value is nested more deeply than <see cref="Deepest"/>.</exception>
    internal static void Write(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                WriteText(writer, text);
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case int number:
                writer.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                // With its decimal point or exponent: 1.0 is no integer.
                writer.WriteRawValue(Python.Float(number), skipInputValidation: true);
                break;
            case double number:
                WriteTag(writer, "float", Python.Float(number));
                break;
            case BigInteger number:
                WriteInteger(writer, number);
                break;
            case Document document:
                Write(writer, document.Values);
                break;
            case PythonText text:
                WriteText(writer, text.Text);
                break;
            case PythonBytes bytes:
                WriteTag(writer, "bytes", Convert.ToBase64String(bytes.Span));
                break;
            case PythonDecimal number:
                WriteTag(writer, "decimal", number.Str());
                break;
            case PythonTimestamp time:
                WriteTag(writer, "datetime", time.ToJsonText() + (time.IsUtc ? "+00:00" : ""));
                break;
            case PythonTime time:
                WriteTag(writer, "time", time.Str());
                break;
            case PythonSequence { IsRange: false } tuple:
                Begin(writer, "tuple");
                WriteItems(writer, tuple);
                writer.WriteEndObject();
                break;
            case PythonDict map:
                WriteMembers(writer, map);
                break;
            case IReadOnlyDictionary<string, object?> map:
                WriteMap(writer, map);
                break;
            case IReadOnlyList<object?> list:
                WriteItems(writer, list);
                break;
            case IEnumerable list and not PythonObject:
                WriteItems(writer, list.Cast<object?>());
                break;
            default:
                throw new ArgumentException($"{value.GetType()} is not a plain value.");
        }
    }

    private static void WriteMap(Utf8JsonWriter writer, IReadOnlyDictionary<string, object?> map)
    {
        if (map.Keys.Any(key => key == Kind || HasLoneSurrogate(key)))
        {
            WriteMembers(writer, map.Select(m => KeyValuePair.Create((object?)m.Key, m.Value)));
            return;
        }

        writer.WriteStartObject();
        foreach ((string key, object? member) in map)
        {
            writer.WritePropertyName(key);
            Write(writer, member);
        }

        writer.WriteEndObject();
    }

    private static void WriteMembers(Utf8JsonWriter writer, IEnumerable<KeyValuePair<object?, object?>> members)
    {
        Begin(writer, "dict");
        writer.WriteStartArray();
        foreach ((object? key, object? member) in members)
            WriteItems(writer, [key, member]);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteItems(Utf8JsonWriter writer, IEnumerable<object?> items)
    {
        writer.WriteStartArray();
        foreach (object? item in items)
            Write(writer, item);
        writer.WriteEndArray();
    }

    private static void WriteText(Utf8JsonWriter writer, string text)
    {
        if (!HasLoneSurrogate(text))
        {
            writer.WriteStringValue(text);
            return;
        }

        Begin(writer, "str");
        WriteItems(writer, text.Select(unit => (object?)(long)unit));
        writer.WriteEndObject();
    }

    private static void WriteInteger(Utf8JsonWriter writer, BigInteger number)
    {
        string text = number.ToString(CultureInfo.InvariantCulture);
        if (text.Length <= LongestDecimal)
            writer.WriteRawValue(text, skipInputValidation: true);
        else
            WriteTag(writer, "int", (number.Sign < 0 ? "-0x" : "0x") + Hexadecimal(BigInteger.Abs(number)));
    }

    private static string Hexadecimal(BigInteger number) =>
        Convert.ToHexStringLower(number.ToByteArray(isUnsigned: true, isBigEndian: true));

    private static void WriteTag(Utf8JsonWriter writer, string kind, string value)
    {
        Begin(writer, kind);
        writer.WriteStringValue(value);
        writer.WriteEndObject();
    }

    private static void Begin(Utf8JsonWriter writer, string kind)
    {
        writer.WriteStartObject();
        writer.WriteString(Kind, kind);
        writer.WritePropertyName(Value);
    }

    /// <summary>Whether a text has a half of a pair of UTF-16 units alone, which UTF-8 has no form for.</summary>
    private static bool HasLoneSurrogate(string text)
    {
        int at = text.AsSpan().IndexOfAnyInRange('\ud800', '\udfff');
        for (; at >= 0 && at < text.Length; at++)
        {
            if (char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
                at++;
            else if (char.IsSurrogate(text[at]))
                return true;
        }

        return false;
    }
}
