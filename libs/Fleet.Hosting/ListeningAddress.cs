using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Fleet.Hosting;

/// <summary>Where the other services of the fleet reach this process.</summary>
public static class ListeningAddress
{
    /// <summary>The configured address, else the first that the server listens on, with the machine's name in place of a wildcard.</summary>
    /// <returns>For example http://broker-0:8080/.</returns>
    /// <exception cref="InvalidOperationException">The server does not listen yet.</exception>
    public static string Of(IServer server, Uri? configured)
    {
        if (configured is not null)
            return configured.AbsoluteUri;
        var listening =
            server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault()
            ?? throw new InvalidOperationException("the server does not listen yet");
        var machine = listening
            .Replace("://+", $"://{Environment.MachineName}", StringComparison.Ordinal)
            .Replace("://*", $"://{Environment.MachineName}", StringComparison.Ordinal)
            .Replace("://0.0.0.0", $"://{Environment.MachineName}", StringComparison.Ordinal)
            .Replace("://[::]", $"://{Environment.MachineName}", StringComparison.Ordinal);
        return new Uri(machine).AbsoluteUri;
    }
}
