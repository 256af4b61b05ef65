using System;
using System.Collections.Generic;
using System.IO;
using System.Reflection;

namespace EvalHarness.Sandbox.Languages.CSharp;

/// <summary>
/// The process of the program. First comes its assembly, without its tests. Then each message is a call of one of its methods: the type,
/// the method's name, which of the methods of that name, the types it is made of if it is generic, and the arguments. The answer says what
/// the call did to the arguments, and what it returned.
/// </summary>
internal static class Candidate
{
    public static void Run()
    {
        try
        {
            BinaryReader first = Wire.Receive();
            Assembly assembly = Assembly.Load(((MemoryStream)first.BaseStream).ToArray());
            for (;;)
            {
                BinaryReader call = Wire.Receive();
                Wire.Send(Answer(assembly, call));
            }
        }
        catch (IOException)
        {
            // The tests are through.
        }
    }

    private static MemoryStream Answer(Assembly assembly, BinaryReader call)
    {
        try
        {
            MemoryStream answer = Wire.Begin();
            Call(assembly, call, new BinaryWriter(answer));
            return answer.Length <= Wire.Longest
                ? answer
                : throw new NotTravellingException($"values of more than {Wire.Longest >> 20} MiB");
        }
        catch (Exception e)
        {
            return Failure(e);
        }
    }

    private static void Call(Assembly assembly, BinaryReader call, BinaryWriter answer)
    {
        MethodInfo method = Method(assembly.GetType(call.ReadString(), throwOnError: true)!, call.ReadString(), call.ReadInt32());
        var types = new Type[call.ReadInt32()];
        for (int i = 0; i < types.Length; i++)
            types[i] = Kinds.Read(call)!;
        if (types.Length > 0)
            method = method.MakeGenericMethod(types);
        ParameterInfo[] parameters = method.GetParameters();
        var arguments = new object?[parameters.Length];
        var before = new (long Start, long End)[parameters.Length];
        for (int i = 0; i < parameters.Length; i++)
        {
            before[i].Start = call.BaseStream.Position;
            if (!parameters[i].IsOut || !parameters[i].ParameterType.IsByRef)
                arguments[i] = ReadValues.Read(call, Declared(parameters[i]));
            before[i].End = call.BaseStream.Position;
        }

        object?[] given = [.. arguments];
        object? result = null;
        Exception? thrown = null;
        try
        {
            result = method.Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null);
            // A task that fails is a call that fails.
            if (result is System.Threading.Tasks.Task task)
                task.GetAwaiter().GetResult();
        }
        catch (Exception e)
        {
            thrown = e;
        }

        byte[] bytes = ((MemoryStream)call.BaseStream).ToArray();
        for (int i = 0; i < parameters.Length; i++)
        {
            // A parameter by reference may hold another object now.
            MemoryStream after = Wire.Begin();
            Values.Write(new BinaryWriter(after), arguments[i], Declared(parameters[i]));
            ReadOnlySpan<byte> now = after.GetBuffer().AsSpan(4, (int)after.Length - 4);
            if (now.SequenceEqual(bytes.AsSpan((int)before[i].Start, (int)(before[i].End - before[i].Start))))
                continue;
            answer.Write((byte)(i + 1));
            answer.Write(ReferenceEquals(given[i], arguments[i]));
            answer.Write(now);
        }

        answer.Write((byte)0);
        if (thrown is not null)
        {
            WriteException(answer, thrown);
            return;
        }

        answer.Write((byte)Reply.Result);
        int same = result is null || result.GetType().IsValueType ? -1 : Array.FindIndex(arguments, a => ReferenceEquals(a, result));
        answer.Write((byte)(same + 1));
        if (same < 0 && method.ReturnType != typeof(void))
            Values.Write(answer, result, method.ReturnType);
    }

    private static MethodInfo Method(Type type, string name, int ordinal)
    {
        var methods = new List<MethodInfo>();
        foreach (MethodInfo method in type.GetMethods(
            BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        {
            if (method.Name == name)
                methods.Add(method);
        }

        methods.Sort((a, b) => a.MetadataToken.CompareTo(b.MetadataToken));
        return methods[ordinal];
    }

    private static Type Declared(ParameterInfo parameter) =>
        parameter.ParameterType.IsByRef ? parameter.ParameterType.GetElementType()! : parameter.ParameterType;

    private static MemoryStream Failure(Exception e)
    {
        MemoryStream answer = Wire.Begin();
        var writer = new BinaryWriter(answer);
        writer.Write((byte)0);
        WriteException(writer, e);
        return answer;
    }

    /// <summary>The names of its type and of that type's bases, its message, and the parameter that it is about.</summary>
    private static void WriteException(BinaryWriter answer, Exception e)
    {
        answer.Write((byte)(e switch
        {
            NotTravellingException => Reply.DoesNotTravel,
            AssertionFailedException => Reply.Assertion,
            OutOfMemoryException => Reply.Memory,
            _ => Reply.Exception,
        }));
        string message = e.Message, parameter = (e as ArgumentException)?.ParamName ?? "";
        if (parameter.Length > 0)
            message = message.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal);
        answer.Write(message.Length > 4096 ? message[..4096] : message);
        answer.Write(parameter.Length > 4096 ? "" : parameter);
        for (Type? type = e.GetType(); type is not null && type != typeof(object); type = type.BaseType)
            answer.Write(type.FullName ?? "");
        answer.Write("");
    }
}

/// <summary>How a call ended.</summary>
internal enum Reply : byte
{
    Result,
    Exception,
    Assertion,
    Memory,
    DoesNotTravel,
}
