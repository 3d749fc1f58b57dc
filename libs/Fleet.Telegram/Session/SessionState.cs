using Fleet.MtProto;

namespace Fleet.Telegram;

/// <summary>What must be kept to be logged in again without a code. Whoever has it is the account: store it sealed.</summary>
public sealed record SessionState
{
    /// <summary>Data centre of the account.</summary>
    public required int HomeDc { get; init; }

    /// <summary>Auth key there, 256 bytes.</summary>
    public required byte[] AuthKey { get; init; }

    /// <summary>Last known salt; a stale one costs a round trip.</summary>
    public long ServerSalt { get; init; }

    /// <summary>Telegram's id of the user or bot.</summary>
    public required long UserId { get; init; }

    /// <summary>True for a bot.</summary>
    public bool IsBot { get; init; }

    /// <summary>True while the user has Telegram Premium: more connections, larger window.</summary>
    public bool IsPremium { get; init; }

    /// <summary>Names nothing secret.</summary>
    public override string ToString() => $"SessionState {{ HomeDc = {HomeDc}, IsBot = {IsBot} }}";
}

/// <summary>An authorised key of the account in some data centre.</summary>
/// <param name="Dc">The data centre.</param>
/// <param name="AuthKey">The key.</param>
/// <param name="ServerSalt">Last known salt.</param>
public sealed record DcKey(int Dc, AuthKey AuthKey, long ServerSalt);

/// <summary>A login code that was sent and waits to be entered.</summary>
public sealed record LoginCode
{
    /// <summary>Number the code was sent to, as given.</summary>
    internal string Phone { get; init; } = "";

    /// <summary>Ties the code to the request.</summary>
    internal string Hash { get; init; } = "";

    /// <summary>Names nothing secret.</summary>
    public override string ToString() => nameof(LoginCode);
}
