using Fleet.MtProto;
using Fleet.Tl.Api;

namespace Fleet.Telegram;

/// <summary>Where the parts of one file and their hashes come from.</summary>
interface IPartSource
{
    /// <summary>Has the call answered. When it returns or throws, nothing writes to the call's block any more, unless a hedge is
    /// out.</summary>
    /// <param name="call">Begun, and not answered yet.</param>
    /// <param name="lease">To be used for every try.</param>
    /// <param name="avoid">A connection to ask only when no other is ready.</param>
    /// <returns>The connection asked last.</returns>
    ValueTask<MtConnection?> FetchAsync(PartCall call, PartLease lease, MtConnection? avoid, CancellationToken ct);

    /// <summary>The server's hashes from <paramref name="offset"/> on, as it gives them; empty when it has none.</summary>
    Task<FileHash[]> HashesAsync(long offset, CancellationToken ct);
}
