using Microsoft.Extensions.Logging;

namespace Fleet.Emulator.Wire;

/// <summary>All log lines of the emulator.</summary>
static partial class EmulatorLog
{
    [LoggerMessage(1, LogLevel.Information, "Listening: data centres {FirstPort} and up")]
    public static partial void Listening(ILogger log, int firstPort);

    [LoggerMessage(2, LogLevel.Debug, "DC {Dc}: connection ended: {Reason}")]
    public static partial void ConnectionEnded(ILogger log, int dc, string reason);

    [LoggerMessage(3, LogLevel.Debug, "DC {Dc}: {Method} answered {Error}")]
    public static partial void CallFailed(ILogger log, int dc, string method, string error);

    [LoggerMessage(4, LogLevel.Error, "DC {Dc}: {Method} failed inside the emulator")]
    public static partial void HandlerFailed(ILogger log, int dc, string method, Exception error);

    [LoggerMessage(5, LogLevel.Debug, "DC {Dc}: refused message {MessageId} with code {Code}")]
    public static partial void MessageRefused(ILogger log, int dc, long messageId, int code);

    [LoggerMessage(6, LogLevel.Debug, "DC {Dc}: {Method}")]
    public static partial void Called(ILogger log, int dc, string method);
}
