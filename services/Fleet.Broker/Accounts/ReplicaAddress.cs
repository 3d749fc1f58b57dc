using Fleet.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Options;

namespace Fleet.Broker.Accounts;

/// <summary>The name by which this process owns accounts; of a replica, the address at which the others reach it.</summary>
sealed class ReplicaAddress(Func<string> find)
{
    /// <summary>For example http://broker-0:8080/. Known once the server listens.</summary>
    public string Text => field ??= find();

    /// <summary>Of a serving process.</summary>
    public static ReplicaAddress Of(IServer server, IOptions<OwnershipOptions> options) =>
        new(() => ListeningAddress.Of(server, options.Value.Address));

    /// <summary>Of a verb of the command line: nobody can reach it, and no two have the same.</summary>
    public static ReplicaAddress OfVerb() => new(() => $"verb:{Guid.NewGuid():N}");
}
