namespace Fleet.MtProto;

/// <summary>What the caller of a failed call can do about it.</summary>
public enum Recovery
{
    /// <summary>Nothing: the same call fails again.</summary>
    None,

    /// <summary>Repeat the call after a second or more; the server had a passing fault.</summary>
    Retry,

    /// <summary>Repeat the call after <see cref="RpcException.Wait"/>.</summary>
    Wait,

    /// <summary>Open another connection with the same key and repeat the call there.</summary>
    Reconnect,

    /// <summary>The server does not know the auth key: make a new one and sign in or import the authorization.</summary>
    NewAuthKey,

    /// <summary>The key is known but not, or no longer, signed in.</summary>
    SignIn,

    /// <summary>Repeat this call at the data centre <see cref="RpcException.Argument"/>.</summary>
    Migrate,

    /// <summary>Fetch the object anew by its origin and repeat the call with the new file reference.</summary>
    RenewFileReference,

    /// <summary>The address is not, or no longer, one of the data centre: ask for the current ones, and repeat the call there.</summary>
    ReloadConfig,

    /// <summary>The call wants a takeout, or another one than it named: begin one and repeat the call in it.</summary>
    RestartTakeout,
}

/// <summary>Base of everything this library throws on behalf of the server, the network or a deadline. Bad arguments
/// are plain <see cref="ArgumentException"/>; a cancelled call is an <see cref="OperationCanceledException"/>.</summary>
public abstract class MtProtoException(string message, Exception? cause = null) : Exception(message, cause)
{
    public abstract Recovery Recovery { get; }
}

/// <summary>The connection ended before the answer came; whether the server carried the call out is unknown.</summary>
public class ConnectionLostException(string message, Exception? cause = null) : MtProtoException(message, cause)
{
    public override Recovery Recovery => Recovery.Reconnect;
}

/// <summary>The server refused the connection with a 4-byte transport error and closed it.</summary>
/// <remarks>-404: it does not know the auth key (or the data centre); -429: too many connections from this address;
/// -444: wrong data centre. https://core.telegram.org/mtproto/mtproto-transports#transport-errors</remarks>
public sealed class TransportErrorException(int code) : ConnectionLostException($"Transport error {code}")
{
    /// <summary>Negative, as sent: -404, -429, -444.</summary>
    public int Code => code;

    public override Recovery Recovery =>
        code switch
        {
            -404 => Recovery.NewAuthKey,
            -429 => Recovery.Retry,
            _ => Recovery.None,
        };
}

/// <summary>Which rule of the protocol the other side broke.</summary>
public enum Violation
{
    /// <summary>The stream ended inside a frame.</summary>
    TruncatedStream,

    /// <summary>A frame's declared length is beyond the limit, or no frame has it.</summary>
    FrameLength,

    /// <summary>A frame of the full transport is not the next one.</summary>
    FrameNumber,

    /// <summary>A frame of the full transport was changed on its way.</summary>
    Checksum,

    /// <summary>What looks like TLS holds a record that does not belong there.</summary>
    Record,

    /// <summary>The frame names another auth key.</summary>
    AuthKeyId,

    /// <summary>msg_key is not the hash of what was decrypted.</summary>
    MessageKey,

    /// <summary>The message belongs to another session.</summary>
    SessionId,

    /// <summary>The declared length does not leave 12 to 1024 bytes of padding, or is not a multiple of 4.</summary>
    MessageLength,

    /// <summary>The message id of a server must be odd.</summary>
    MessageIdParity,

    /// <summary>A container in a container, or with more messages or bytes than there can be.</summary>
    Container,

    /// <summary>The contents are not the TL that belongs here.</summary>
    Content,

    /// <summary>Packed data is broken or unpacks beyond the limit.</summary>
    Packed,

    /// <summary>The server keeps refusing a message that is right by all we know.</summary>
    Refused,
}

/// <summary>The other side broke the protocol, or somebody between changed its bytes. The connection is closed.</summary>
public sealed class ProtocolViolationException(Violation violation, string detail, Exception? cause = null)
    : ConnectionLostException($"{violation}: {detail}", cause)
{
    public Violation Violation => violation;
}

/// <summary>No answer within the deadline; whether the server carried the call out is unknown.</summary>
public sealed class CallTimeoutException(TimeSpan deadline) : MtProtoException($"No answer within {deadline}")
{
    public override Recovery Recovery => Recovery.Retry;
}

/// <summary>Why no auth key was made.</summary>
public enum KeyExchangeFault
{
    /// <summary>The server has none of the RSA keys we know; nobody else may be trusted.</summary>
    UnknownServerKey,

    /// <summary>A nonce or hash is not the one that belongs here: an answer to somebody else, or a forgery.</summary>
    Mismatch,

    /// <summary>pq is not a product of two primes of at most 32 bits.</summary>
    BadFactors,

    /// <summary>The Diffie-Hellman group or value is not safe.</summary>
    UnsafeGroup,

    /// <summary>The server said dh_gen_fail, or dh_gen_retry too often.</summary>
    Refused,

    /// <summary>The answer is not the TL that belongs here.</summary>
    Content,

    /// <summary>Not finished within the deadline.</summary>
    Timeout,
}

/// <summary>The key exchange with the server failed.</summary>
public sealed class KeyExchangeException(KeyExchangeFault fault, string detail, Exception? cause = null)
    : MtProtoException($"Key exchange: {fault}: {detail}", cause)
{
    public KeyExchangeFault Fault => fault;

    public override Recovery Recovery =>
        fault is KeyExchangeFault.Timeout or KeyExchangeFault.Refused ? Recovery.Reconnect : Recovery.None;
}
