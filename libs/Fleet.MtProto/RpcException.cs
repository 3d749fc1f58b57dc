using System.Globalization;

namespace Fleet.MtProto;

/// <summary>The server answered a call with rpc_error.</summary>
/// <remarks>The message is parsed once: the number in it is the argument, the rest is the type.
/// FLOOD_WAIT_5 is FLOOD_WAIT with 5; FILE_REFERENCE_0_EXPIRED is FILE_REFERENCE_EXPIRED with 0.
/// https://core.telegram.org/api/errors</remarks>
public sealed class RpcException : MtProtoException
{
    const int LongestText = 128;

    /// <summary>14 days: no wait is longer, whatever the server says.</summary>
    const int LongestWait = 14 * 24 * 3600;

    public RpcException(int code, string type, int? argument)
        : base(argument is null ? $"{code} {type}" : $"{code} {type} {argument}")
    {
        Code = code;
        Type = type;
        Argument = argument;
    }

    /// <summary>303 other data centre, 400 bad request, 401 not signed in, 403 forbidden, 406 and 420 flood, 500 fault.</summary>
    public int Code { get; }

    /// <summary>Stable name without its number: FLOOD_WAIT, FILE_MIGRATE, FILE_REFERENCE_EXPIRED.</summary>
    public string Type { get; }

    /// <summary>The number in the message: seconds for waits, a data centre for *_MIGRATE.</summary>
    public int? Argument { get; }

    /// <summary>How long the server wants the caller to wait before the same call, 1 s to 14 days; zero unless it is a wait.</summary>
    public TimeSpan Wait =>
        Recovery == Recovery.Wait ? TimeSpan.FromSeconds(Math.Clamp(Argument ?? 1, 1, LongestWait)) : TimeSpan.Zero;

    public override Recovery Recovery =>
        (Code, Type) switch
        {
            (_, "FILEREF_UPGRADE_NEEDED") => Recovery.RenewFileReference,
            (_, var type) when type.StartsWith("FILE_REFERENCE_", StringComparison.Ordinal) =>
                Recovery.RenewFileReference,
            (_, "MTPROTO_CLUSTER_INVALID") => Recovery.ReloadConfig,
            (_, "TAKEOUT_INVALID" or "TAKEOUT_REQUIRED") => Recovery.RestartTakeout,
            (_, "RPC_CALL_FAIL" or "RPC_MCGET_FAIL" or "WORKER_BUSY_TOO_LONG_RETRY") => Recovery.Retry,
            (303, _) => Recovery.Migrate,
            (401, "SESSION_PASSWORD_NEEDED") => Recovery.None,
            (401, _) or (406, "AUTH_KEY_DUPLICATED") => Recovery.SignIn,
            (420, _) => Recovery.Wait,
            (>= 500 or < 0, _) => Recovery.Retry,
            _ => Recovery.None,
        };

    /// <summary>True when the type is <paramref name="type"/>, in the server's spelling.</summary>
    public bool Is(string type) => string.Equals(Type, type, StringComparison.Ordinal);

    /// <summary>Splits the server's text into type and argument.</summary>
    public static RpcException Parse(int code, string text)
    {
        if (text.Length > LongestText)
            text = text[..LongestText];
        var words = text.Split('_');
        int? argument = null;
        var kept = 0;
        foreach (var word in words)
        {
            if (int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                argument = number;
            else
                words[kept++] = word;
        }
        return kept == 0
            ? new RpcException(code, text, null)
            : new RpcException(code, string.Join('_', words, 0, kept), argument);
    }
}
