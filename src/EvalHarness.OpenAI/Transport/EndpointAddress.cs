using System.Net;
using System.Net.Sockets;
using EvalHarness.Results;

namespace EvalHarness.OpenAI.Transport;

/// <summary>Which addresses may be asked.</summary>
internal static class EndpointAddress
{
    /// <summary>Refuses what must not be sent, before a socket is opened.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: no address of the web, or a key in it; <see cref="ExitCode.Environment"/>: another machine without
    /// permission.
    /// </exception>
    internal static void Check(Uri address, bool allowNetwork)
    {
        if (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https"))
            throw new EvalException(ExitCode.Usage, "the endpoint's address: expected http:// or https://");
        if (AddressSecrets.AreIn(address))
            throw AddressSecrets.Refuse(address);
        if (!allowNetwork && !address.IsLoopback)
        {
            throw new EvalException(
                ExitCode.Environment,
                $"{address.Authority} is another machine, and the prompts would be sent to it; --allow-network permits that (only "
                + "localhost goes without)");
        }
    }

    /// <summary>
    /// Opens a connection. Without permission for the network it goes to this machine only: a name such as localhost is looked up, and
    /// can be set to something else.
    /// </summary>
    internal static async ValueTask<Stream> ConnectAsync(DnsEndPoint host, bool allowNetwork, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            IPAddress[] addresses = await Dns.GetHostAddressesAsync(host.Host, cancellationToken).ConfigureAwait(false);
            if (!allowNetwork && addresses.FirstOrDefault(a => !IPAddress.IsLoopback(a)) is { } other)
            {
                throw new EvalException(
                    ExitCode.Environment,
                    $"{host.Host} is not this machine: its address is {other}; --allow-network permits to send the prompts there");
            }

            await socket.ConnectAsync(addresses, host.Port, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
