using System.Globalization;

namespace Fleet.Emulator;

/// <summary>An rpc_error: a code such as 420 and a message such as FLOOD_WAIT_5.</summary>
public sealed record RpcError(int Code, string Message)
{
    /// <summary>Gives a bare name the code that Telegram gives it; "500:SOMETHING" states its own.</summary>
    public static RpcError Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (
            colon > 0
            && int.TryParse(
                text.AsSpan(0, colon),
                NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture,
                out var code
            )
        )
            return new RpcError(code, text[(colon + 1)..]);
        return new RpcError(CodeOf(text), text);
    }

    /// <summary>The number at the end: 5 of FLOOD_WAIT_5, null when there is none.</summary>
    public int? Argument =>
        int.TryParse(
            Message.AsSpan(Message.LastIndexOf('_') + 1),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var value
        )
            ? value
            : null;

    internal RpcException ToException() => new(this);

    static int CodeOf(string name) =>
        name switch
        {
            _ when name.Contains("FLOOD_", StringComparison.Ordinal) => 420,
            _ when name.Contains("_WAIT_", StringComparison.Ordinal) => 420,
            _ when name.Contains("_MIGRATE_", StringComparison.Ordinal) => 303,
            "AUTH_KEY_DUPLICATED" or "FILEREF_UPGRADE_NEEDED" => 406,
            "SESSION_PASSWORD_NEEDED" or "SESSION_REVOKED" or "SESSION_EXPIRED" or "USER_DEACTIVATED" => 401,
            "USER_DEACTIVATED_BAN" => 401,
            _ when name.StartsWith("AUTH_KEY_", StringComparison.Ordinal) => 401,
            _ when name.StartsWith("TAKEOUT_INIT_DELAY_", StringComparison.Ordinal) => 420,
            "TAKEOUT_REQUIRED" => 403,
            "CHAT_FORBIDDEN" or "CHAT_WRITE_FORBIDDEN" => 403,
            "RPC_CALL_FAIL" or "RPC_MCGET_FAIL" or "WORKER_BUSY_TOO_LONG_RETRY" or "No workers running" => 500,
            "Timedout" => -503,
            _ => 400,
        };
}

/// <summary>Thrown by handlers; becomes an rpc_error on the wire.</summary>
sealed class RpcException(RpcError error) : Exception(error.Message)
{
    public RpcException(int code, string message)
        : this(new RpcError(code, message)) { }

    public RpcError Error => error;
}
