using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Fleet.SystemTests.Broker;

/// <summary>Keeps the log lines of accounts' events: those whose ids are promised.</summary>
sealed class EventLog : ILoggerProvider, ILogger
{
    readonly ConcurrentQueue<(int Id, string Text)> _lines = new();

    /// <summary>The lines so far.</summary>
    public IReadOnlyCollection<(int Id, string Text)> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        if (eventId.Id is > 4000 and < 5000)
            _lines.Enqueue((eventId.Id, formatter(state, exception)));
    }

    public void Dispose() { }
}
