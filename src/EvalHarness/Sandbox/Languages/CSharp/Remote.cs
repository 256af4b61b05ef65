using System;
using System.Collections;
using System.IO;
using System.Reflection;
using System.Text;

namespace EvalHarness.Sandbox.Languages.CSharp;

/// <summary>Calls of the program's methods, out of the process of the tests. What goes wrong on the way ends the tests at once.</summary>
internal static class Remote
{
    private static readonly object Order = new();

    /// <summary>Runs a method in the candidate. Its exceptions are thrown here.</summary>
    /// <param name="method">Name of the type, name of the method, and which of the methods of that name in that type.</param>
    /// <param name="types">What the method is made of if it is generic, else nothing.</param>
    /// <param name="result">What it returns.</param>
    /// <param name="parameters">Their types, without the reference of "ref" and "out".</param>
    /// <param name="arguments">As the tests give them, and null for "out"; changed as the method changed them.</param>
    public static object? Call(string method, Type[] types, Type result, Type[] parameters, object?[] arguments)
    {
        lock (Order)
            return CallAlone(method, types, result, parameters, arguments);
    }

    private static object? CallAlone(string method, Type[] types, Type result, Type[] parameters, object?[] arguments)
    {
        BinaryReader answer;
        try
        {
            MemoryStream call = Wire.Begin();
            WriteCall(new BinaryWriter(call), method.Split(' '), types, parameters, arguments);
            Wire.Send(call);
            answer = Wire.Receive();
        }
        catch (NotTravellingException e)
        {
            throw Verdict.End("exception", e.Message);
        }
        catch (IOException)
        {
            throw Verdict.End("ended", "");
        }
        catch (ProtocolException e)
        {
            throw Verdict.End("exception", e.Message);
        }

        Exception thrown;
        try
        {
            TakeChanges(answer, parameters, arguments);
            Reply reply = (Reply)answer.ReadByte();
            if (reply == Reply.Result)
            {
                int same = answer.ReadByte();
                object? value = same > 0 ? arguments[same - 1] : result == typeof(void) ? null : ReadValues.Read(answer, result);
                if (answer.BaseStream.Position != answer.BaseStream.Length || (same > 0 && !result.IsInstanceOfType(value)))
                    throw new ProtocolException();
                return value;
            }

            thrown = Thrown(answer, reply);
        }
        catch (OutOfMemoryException)
        {
            throw Verdict.End("memory", "");
        }
        catch (Exception)
        {
            throw Verdict.End("exception", new ProtocolException().Message);
        }

        throw thrown;
    }

    private static void WriteCall(BinaryWriter call, string[] method, Type[] types, Type[] parameters, object?[] arguments)
    {
        call.Write(method[0]);
        call.Write(method[1]);
        call.Write(int.Parse(method[2], null));
        call.Write(types.Length);
        foreach (Type type in types)
            Kinds.Write(call, type);
        for (int i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] is not Unset)
                Values.Write(call, arguments[i], parameters[i]);
        }
    }

    private static void TakeChanges(BinaryReader answer, Type[] parameters, object?[] arguments)
    {
        for (int number = answer.ReadByte(); number != 0; number = answer.ReadByte())
        {
            int i = number - 1;
            bool inPlace = answer.ReadByte() != 0;
            object? now = ReadValues.Read(answer, parameters[i]);
            if (inPlace && arguments[i] is not (null or Unset or ValueType or string))
                TakeContent(arguments[i]!, now!);
            else
                arguments[i] = now;
        }
    }

    /// <summary>Gives an object of the tests the content that its copy has in the candidate.</summary>
    private static void TakeContent(object target, object now)
    {
        if (target.GetType() != now.GetType())
            throw new ProtocolException();
        switch (target)
        {
            case Array array when array.Length == ((Array)now).Length:
                Array.Copy((Array)now, array, array.Length);
                break;
            case Array:
                throw new ProtocolException();
            case IDictionary dictionary:
                dictionary.Clear();
                foreach (DictionaryEntry entry in (IDictionary)now)
                    dictionary.Add(entry.Key, entry.Value);
                break;
            case IList list:
                list.Clear();
                foreach (object? item in (IList)now)
                    list.Add(item);
                break;
            case StringBuilder text:
                text.Clear().Append(now);
                break;
            default:
                TakeItems(target, now);
                break;
        }
    }

    private static void TakeItems(object target, object now)
    {
        Type type = target.GetType();
        string name = type.GetGenericTypeDefinition().Name switch
        {
            "HashSet`1" or "SortedSet`1" => "Add",
            "Queue`1" => "Enqueue",
            "Stack`1" => "Push",
            "LinkedList`1" => "AddLast",
            _ => throw new ProtocolException(),
        };
        MethodInfo add = type.GetMethod(name, type.GetGenericArguments())!;
        type.GetMethod("Clear", [])!.Invoke(target, null);
        var items = new ArrayList();
        foreach (object? item in (IEnumerable)now)
            items.Add(item);
        if (name == "Push")
            items.Reverse();
        foreach (object? item in items)
            add.Invoke(target, [item]);
    }

    /// <summary>The exception of the candidate, as the first of its types that the runtime's core library makes from a message.</summary>
    private static Exception Thrown(BinaryReader answer, Reply reply)
    {
        string message = answer.ReadString(), parameter = answer.ReadString();
        switch (reply)
        {
            case Reply.DoesNotTravel: Verdict.End("exception", message); break;
            case Reply.Memory: Verdict.End("memory", ""); break;
            case Reply.Assertion: return new AssertionFailedException(message);
            case Reply.Exception: break;
            default: throw new ProtocolException();
        }

        string? first = null;
        while (answer.ReadString() is { Length: > 0 } name)
        {
            first ??= name;
            if (!name.StartsWith("System.", StringComparison.Ordinal) || name.AsSpan().ContainsAny(",[]`+*&\\"))
                continue;
            if (typeof(object).Assembly.GetType(name) is not { IsPublic: true, IsAbstract: false } type
                || !type.IsSubclassOf(typeof(Exception)))
                continue;
            if (typeof(ArgumentNullException) == type || typeof(ArgumentOutOfRangeException) == type)
                return (Exception)Activator.CreateInstance(type, parameter, message)!;
            if (type == typeof(ArgumentException) && parameter.Length > 0)
                return new ArgumentException(message, parameter);
            if (type.GetConstructor([typeof(string)]) is { } constructor)
                return (Exception)constructor.Invoke([message]);
        }

        return new Exception(first is null or "System.Exception" ? message : $"{first}: {message}");
    }
}

/// <summary>Stands for the argument of an "out" parameter.</summary>
internal sealed class Unset
{
    public static readonly Unset Value = new();
}
