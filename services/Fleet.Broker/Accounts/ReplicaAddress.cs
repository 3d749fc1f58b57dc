using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace Fleet.Broker.Accounts;

/// <summary>The name by which this process owns accounts; of a replica, the address at which the others reach it.</summary>
sealed class ReplicaAddress(Func<string> find)
{
    /// <summary>For example http://broker-0:8080/. Known once the server listens.</summary>
    public string Text => field ??= find();

    /// <summary>Of a serving process.</summary>
    public static ReplicaAddress Of(IServer server, IOptions<OwnershipOptions> options) =>
        new(() => Find(server, options));

    /// <summary>Of a verb of the command line: nobody can reach it, and no two have the same.</summary>
    public static ReplicaAddress OfVerb() => new(() => $"verb:{Guid.NewGuid():N}");

    static string Find(IServer server, IOptions<OwnershipOptions> options)
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
