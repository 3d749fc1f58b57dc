using Fleet.Emulator.Wire;
using Fleet.Emulator.Worlds;
using Fleet.Tl;

namespace Fleet.Emulator.Handlers;

/// <summary>One call on its way through its handler.</summary>
sealed record Call(Server Server, Connection Connection, AuthKeyState Key, string Method)
{
    /// <summary>The client's session.</summary>
    public required Session Session { get; init; }

    public World World => Server.World;

    public int Dc => Key.Dc;

    /// <summary>The takeout that the call was made in; null for none.</summary>
    public EmulatedTakeout? Takeout { get; init; }

    /// <summary>Who is logged in; methods without login must not ask.</summary>
    public EmulatedAccount Account => Key.Login!.Account;

    public DateTimeOffset Now => Server.Time.GetUtcNow();

    public int UnixNow => (int)Now.ToUnixTimeSeconds();
}

/// <summary>What a handler answers; errors are thrown as <see cref="RpcException"/>.</summary>
abstract record Answer
{
    public static implicit operator Answer(TlObject value) => new ObjectAnswer(value);
}

sealed record ObjectAnswer(TlObject Value) : Answer;

sealed record BoolAnswer(bool Value) : Answer;

sealed record VectorAnswer(IReadOnlyList<TlObject> Items) : Answer;

/// <summary>upload.file, or upload.cdnFile; its bytes are made when it is sent.</summary>
sealed record PartAnswer(FileContent Content, long Offset, int Length, bool IsCdn = false) : Answer;
