using System.Runtime.ExceptionServices;
using Fleet.MtProto;
using Fleet.Tl.Api;

namespace Fleet.Telegram;

/// <summary>How to read a file now: through which connections, and as what.</summary>
/// <param name="Pool">Connections to the data centre that stores it. Not owned.</param>
/// <param name="Location">The file as the pool's account sees it.</param>
/// <param name="Cdn">How to follow a redirect to a CDN; null when the account cannot, as a bot. Not owned.</param>
public sealed record MediaAccess(DcPool Pool, FileLocation Location, CdnNetwork? Cdn = null)
{
    /// <summary>Whether parts may be answered with a redirect to a CDN. Pictures never are: those are small, and their size is not
    /// known for sure.</summary>
    internal bool CdnSupported => Cdn is not null && !Location.IsPicture;
}

/// <summary>Why access must be renewed.</summary>
public enum AccessFault
{
    /// <summary>FILE_REFERENCE_*: fetch the message again, keep the pool.</summary>
    FileReference,

    /// <summary>FILE_MIGRATE: open a pool to another data centre.</summary>
    Migrated,

    /// <summary>The data centre does not accept the auth key: make or import another, open a new pool.</summary>
    KeyRejected,

    /// <summary>The addresses are not those of the data centre any more: ask for the new ones, open a new pool.</summary>
    Address,

    /// <summary>The takeout that the pool reads in is over: begin another, open a new pool.</summary>
    Takeout,
}

/// <summary>What the renewer has to work with.</summary>
/// <param name="Stale">The access that no longer works.</param>
/// <param name="Fault">Why.</param>
/// <param name="Dc">The data centre to go to: the pool's own, or X of FILE_MIGRATE_X.</param>
/// <param name="Cause">How it showed.</param>
public sealed record AccessRenewal(MediaAccess Stale, AccessFault Fault, int Dc, Exception Cause);

/// <summary>Gives new access to the same file. Called once at a time per reader; whatever it throws ends the read.</summary>
public delegate Task<MediaAccess> RenewAccess(AccessRenewal renewal, CancellationToken ct);

/// <summary>The access of one account to the file of a reader, renewed by one part on behalf of all.</summary>
sealed class AccessHolder(MediaAccess first, RenewAccess renew, int renewals) : IDisposable
{
    readonly SemaphoreSlim _gate = new(1, 1);
    MediaAccess _current = first;
    int _fruitless;
    ExceptionDispatchInfo? _failure;
    Input? _input;

    public MediaAccess Current => Volatile.Read(ref _current);

    /// <summary>Bytes that are being asked for through it. The set's lock guards it.</summary>
    public long Bytes { get; set; }

    /// <summary>It gets no part before, while others do. The set's lock guards it.</summary>
    public DateTimeOffset RestsUntil { get; set; }

    /// <summary>How busy it is.</summary>
    public AccessLoad LoadAt(DateTimeOffset now)
    {
        var (connections, window, floodUntil) = Current.Pool.State;
        var until = floodUntil > RestsUntil ? floodUntil : RestsUntil;
        return new(Bytes, window, connections, until, until > now);
    }

    /// <summary>The location as calls want it; made once per access.</summary>
    public InputFileLocationBase InputOf(MediaAccess access)
    {
        var input = Volatile.Read(ref _input);
        if (!ReferenceEquals(input?.Access, access))
            Volatile.Write(ref _input, input = new Input(access, access.Location.ToInput()));
        return input!.Location;
    }

    /// <summary>A part came with this access: it works.</summary>
    public void Worked(MediaAccess access)
    {
        if (ReferenceEquals(access, Current))
            Volatile.Write(ref _fruitless, 0);
    }

    /// <summary>Replaces <paramref name="stale"/>, unless that has happened already.</summary>
    /// <exception cref="MediaException">The bound of renewals without a part in between is reached, or another file came.</exception>
    public async Task RenewAsync(MediaAccess stale, AccessFault fault, int? dc, Exception cause, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            if (!ReferenceEquals(stale, Current))
                return;
            _failure?.Throw(); // one part has tried for all
            var fresh = await RenewNeedsGateAsync(stale, fault, dc, cause, ct);
            Volatile.Write(ref _current, fresh);
        }
        catch (Exception e) when (e is TelegramException or MtProtoException)
        {
            _failure ??= ExceptionDispatchInfo.Capture(e);
            throw;
        }
        finally
        {
            _gate.Release();
        }
    }

    async Task<MediaAccess> RenewNeedsGateAsync(
        MediaAccess stale,
        AccessFault fault,
        int? dc,
        Exception cause,
        CancellationToken ct
    )
    {
        if (++_fruitless > renewals)
            throw Exhausted(fault, cause);
        var fresh = await renew(new AccessRenewal(stale, fault, dc ?? stale.Pool.Dc, cause), ct);
        return fresh.Location.Key == stale.Location.Key
            ? fresh
            : throw new MediaException(
                MediaErrors.FileReference,
                "The message holds another file now.",
                Remedy.None,
                cause
            );
    }

    public void Dispose() => _gate.Dispose();

    sealed record Input(MediaAccess Access, InputFileLocationBase Location);

    static MediaException Exhausted(AccessFault fault, Exception cause) =>
        fault switch
        {
            AccessFault.FileReference => new(
                MediaErrors.FileReference,
                "Telegram keeps refusing the file reference.",
                Remedy.Later,
                cause
            ),
            AccessFault.Address => new(
                MediaErrors.Address,
                "Telegram keeps saying that this is not an address of the data centre.",
                Remedy.Later,
                cause
            ),
            AccessFault.Takeout => new(
                TakeoutErrors.Refused,
                "Telegram keeps refusing the takeout.",
                Remedy.None,
                cause
            ),
            AccessFault.Migrated => new(
                MediaErrors.FileMigrated,
                "Telegram keeps sending us to other data centres.",
                Remedy.Later,
                cause
            ),
            _ => new(
                MediaErrors.KeyRejected,
                "The data centre keeps refusing the auth key.",
                Remedy.AnotherAccount,
                cause
            ),
        };
}
