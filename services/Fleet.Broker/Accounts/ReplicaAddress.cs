using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace Fleet.Broker.Accounts;

/// <summary>The address of this replica, by which it owns accounts and is reached by the others.</summary>
sealed class ReplicaAddress(IServer server, IOptions<OwnershipOptions> options)
{
    /// <summary>For example http://broker-0:8080/. Known once the server listens.</summary>
    public string Text => field ??= Find();

    string Find()
    {
        if (options.Value.Address is { } configured)
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
