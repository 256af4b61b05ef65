using System;
using System.IO;
using Microsoft.Win32.SafeHandles;

namespace EvalHarness.Sandbox.Languages.CSharp;

/// <summary>Messages between the two processes: four bytes of length, least significant first, and as many bytes.</summary>
internal static class Wire
{
    /// <summary>The longest message in bytes.</summary>
    public const int Longest = 32 << 20;

    private static readonly FileStream From = Open(3, FileAccess.Read), To = Open(4, FileAccess.Write);

    /// <summary>A stream over a descriptor that the box opened.</summary>
    public static FileStream Open(int descriptor, FileAccess access) => new(new SafeFileHandle(descriptor, ownsHandle: false), access, 0);

    /// <exception cref="NotTravellingException">The message is too long.</exception>
    /// <exception cref="IOException">The other process has ended.</exception>
    public static void Send(MemoryStream message)
    {
        int length = (int)message.Length - 4;
        if (length > Longest)
            throw new NotTravellingException($"values of more than {Longest >> 20} MiB");
        BitConverter.TryWriteBytes(message.GetBuffer(), length);
        To.Write(message.GetBuffer(), 0, length + 4);
    }

    /// <summary>A new message, with room for its length.</summary>
    public static MemoryStream Begin()
    {
        var message = new MemoryStream();
        message.SetLength(4);
        message.Position = 4;
        return message;
    }

    /// <exception cref="EndOfStreamException">The other process has ended, or closed its end.</exception>
    /// <exception cref="ProtocolException">The length is none.</exception>
    public static BinaryReader Receive()
    {
        byte[] head = new byte[4];
        From.ReadExactly(head);
        int length = BitConverter.ToInt32(head);
        if (length is < 0 or > Longest)
            throw new ProtocolException();
        byte[] message = new byte[length];
        From.ReadExactly(message);
        return new BinaryReader(new MemoryStream(message));
    }
}

/// <summary>The other process sent what no message looks like.</summary>
internal sealed class ProtocolException() : Exception("the program broke the protocol between it and its tests");

/// <summary>A value has a type that is not sent between the two processes.</summary>
internal sealed class NotTravellingException(string what)
    : Exception($"{what} cannot travel between the process of the program and the process of its tests");
