namespace Fleet.Media;

/// <summary>Cancels when a process neither reports progress nor writes for too long, or takes too long in all. Time in which it waits for its input does not count.</summary>
sealed class StallWatch(string output, TimeSpan stall, TimeSpan deadline, Func<bool> isWaiting, TimeProvider time)
{
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    readonly long _started = time.GetTimestamp();
    long _moved = time.GetTimestamp();
    TimeSpan _waited;
    (long, DateTime) _file;

    /// <summary>Progress was made.</summary>
    public void Touch() => Volatile.Write(ref _moved, time.GetTimestamp());

    /// <summary>Runs until cancelled; ends with true when the process must be stopped.</summary>
    public async Task<bool> RunAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
            {
                if (isWaiting())
                {
                    _waited += Interval;
                    Touch();
                    continue;
                }
                LookAtOutput();
                if (
                    time.GetElapsedTime(Volatile.Read(ref _moved)) > stall
                    || time.GetElapsedTime(_started) - _waited > deadline
                )
                    return true;
            }
        }
        catch (OperationCanceledException)
        {
            // the process ended by itself
        }
        return false;
    }

    /// <summary>While the index is moved to the front FFmpeg reports nothing, but the file changes.</summary>
    void LookAtOutput()
    {
        var file = new FileInfo(output);
        var now = file.Exists ? (file.Length, file.LastWriteTimeUtc) : default;
        if (now == _file)
            return;
        _file = now;
        Touch();
    }
}
