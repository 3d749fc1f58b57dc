using Microsoft.Extensions.Logging;

namespace Fleet.MtProto.Session;

/// <summary>All log lines of the library. None has contents, keys or addresses of people.</summary>
static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "Ignored a message whose id is not of this time; server time is {ServerNow}")]
    public static partial void UntimelyMessage(ILogger log, DateTimeOffset serverNow);

    [LoggerMessage(2, LogLevel.Information, "The server refused a message with bad_msg_notification {Code}")]
    public static partial void BadMessage(ILogger log, int code);

    [LoggerMessage(3, LogLevel.Information, "The connection to {Dc} ended: {Reason}")]
    public static partial void ConnectionEnded(ILogger log, string dc, string reason);

    [LoggerMessage(4, LogLevel.Debug, "Ignored a message of the constructor {Constructor:x8}")]
    public static partial void UnknownMessage(ILogger log, uint constructor);

    [LoggerMessage(
        5,
        LogLevel.Information,
        "{Lost} calls had not reached the server, {Unheard} answers did not reach us"
    )]
    public static partial void StatesTold(ILogger log, int lost, int unheard);
}
