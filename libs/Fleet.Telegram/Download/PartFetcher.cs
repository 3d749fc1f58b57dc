using Fleet.MtProto;
using Fleet.Tl;
using Fleet.Tl.Api;
using Microsoft.Extensions.Logging;

namespace Fleet.Telegram;

/// <summary>Fetches one part, or hashes of parts, whatever it takes: other connections, waits, renewed access. Ends with the bytes or with the one
/// exception that says why not.</summary>
sealed partial class PartFetcher(AccessHolder holder, MediaReaderContext context)
{
    readonly Backoff _backoff = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(32));

    /// <summary>Fills <paramref name="block"/> with the part. When it returns or throws, nothing writes to the block any more.</summary>
    /// <param name="avoid">A connection to ask only when no other is ready.</param>
    /// <returns>The connection that it came through.</returns>
    public Task<MtConnection> FetchAsync(Part part, byte[] block, MtConnection? avoid, CancellationToken ct) =>
        FetchAsync(new PartCall(part, block), avoid, ct);

    /// <summary>The server's hashes from <paramref name="offset"/> on, as it gives them; empty when it has none.</summary>
    public async Task<FileHash[]> HashesAsync(long offset, CancellationToken ct)
    {
        var call = new HashesCall(offset);
        await FetchAsync(call, avoid: null, ct);
        return call.Answer;
    }

    async Task<MtConnection> FetchAsync(MediaCall call, MtConnection? avoid, CancellationToken ct)
    {
        var tries = new Tries();
        while (true)
        {
            var access = holder.Current;
            var lease = await AcquireOrNullAsync(access, call.Bytes, avoid, ct);
            if (lease is null)
                continue;
            var fault = await TryAsync(access, lease, call, ct);
            if (fault is null)
            {
                if (call.Bytes > 0)
                    holder.Worked(access);
                return lease.Connection;
            }
            await RecoverAsync(access, lease, call, fault, tries, ct);
        }
    }

    /// <summary>Null when the data centre refuses the key and access was renewed instead.</summary>
    async ValueTask<PartLease?> AcquireOrNullAsync(
        MediaAccess access,
        int bytes,
        MtConnection? avoid,
        CancellationToken ct
    )
    {
        try
        {
            return await access.Pool.AcquireAsync(bytes, avoid, ct);
        }
        catch (MtProtoException refused)
        {
            await RenewAsync(access, AccessFault.KeyRejected, dc: null, refused, ct);
            return null;
        }
    }

    async Task<MtProtoException?> TryAsync(MediaAccess access, PartLease lease, MediaCall call, CancellationToken ct)
    {
        var location = new InputDocumentFileLocation
        {
            Id = access.Location.DocumentId,
            AccessHash = access.Location.AccessHash,
            FileReference = access.Location.FileReference,
            ThumbSize = "",
        };
        var sink = call.NewSink();
        var received = false;
        var lost = false;
        try
        {
            await lease.CallAsync(call.For(location), sink, ct);
            received = true;
            return null;
        }
        catch (MtProtoException e)
        {
            lost = e is ConnectionLostException;
            return e;
        }
        catch (TlException e)
        {
            throw new MediaException(
                MediaErrors.PartContent,
                $"The answer is not one to {call.Method}.",
                Remedy.Later,
                e
            );
        }
        finally
        {
            sink.Close();
            access.Pool.Release(lease, received, lost);
        }
    }

    async Task RecoverAsync(
        MediaAccess access,
        PartLease lease,
        MediaCall call,
        MtProtoException fault,
        Tries tries,
        CancellationToken ct
    )
    {
        switch (fault)
        {
            case ProtocolViolationException:
                throw new MediaException(
                    MediaErrors.ProtocolViolation,
                    "The server, or somebody between, broke the protocol.",
                    Remedy.Later,
                    fault
                );
            case RpcException { Recovery: Recovery.Wait } wait when wait.Is("FLOOD_PREMIUM_WAIT"):
                access.Pool.Slow(lease, wait.Wait); // slows one connection, and never fails
                break;
            case RpcException { Recovery: Recovery.Wait } wait:
                Flood(access, call, wait, tries);
                break;
            case { Recovery: Recovery.RenewFileReference }:
                await RenewAsync(access, AccessFault.FileReference, dc: null, fault, ct);
                break;
            case RpcException { Recovery: Recovery.Migrate } migrate:
                await RenewAsync(access, AccessFault.Migrated, migrate.Argument, fault, ct);
                break;
            case { Recovery: Recovery.SignIn or Recovery.NewAuthKey }:
                await RenewAsync(access, AccessFault.KeyRejected, dc: null, fault, ct);
                break;
            case { Recovery: Recovery.Reconnect }:
                Count(tries, fault); // the pool has the next try wait for another connection
                break;
            case { Recovery: Recovery.Retry }:
                Count(tries, fault);
                access.Pool.Shrink(lease);
                await Task.Delay(_backoff.After(tries.Failures, lease.Random), context.Time, ct);
                break;
            default:
                throw new MediaException(
                    MediaErrors.Refused,
                    $"Telegram refuses {call.Method}: {fault.Message}.",
                    Remedy.None,
                    fault
                );
        }
    }

    void Count(Tries tries, MtProtoException fault)
    {
        if (++tries.Failures >= context.Options.PartTries)
            throw new UnavailableException($"A part failed {tries.Failures} times, at last: {fault.Message}.", fault);
    }

    /// <summary>Stops all reading of the account in this data centre; the pool says whether it is worth sleeping through.</summary>
    void Flood(MediaAccess access, MediaCall call, RpcException fault, Tries tries)
    {
        access.Pool.Flood(fault.Wait);
        FloodWait(context.Log, fault.Wait.TotalSeconds, call.Method, access.Pool.Dc);
        if (++tries.Floods > context.Options.PartFloods)
            throw new FloodException(call.Method, fault.Wait, fault);
    }

    Task RenewAsync(MediaAccess access, AccessFault fault, int? dc, Exception cause, CancellationToken ct)
    {
        AccessRenewed(context.Log, access.Location.DocumentId, fault, access.Pool.Dc);
        return holder.RenewAsync(access, fault, dc, cause, ct);
    }

    [LoggerMessage(LogLevel.Information, "Told to wait {Seconds} s before {Method} in DC {Dc}")]
    static partial void FloodWait(ILogger log, double seconds, string method, int dc);

    [LoggerMessage(LogLevel.Information, "Renewing access to document {DocumentId}: {Fault} in DC {Dc}")]
    static partial void AccessRenewed(ILogger log, long documentId, AccessFault fault, int dc);

    /// <summary>What one part has cost so far.</summary>
    sealed class Tries
    {
        public int Failures { get; set; }
        public int Floods { get; set; }
    }
}
