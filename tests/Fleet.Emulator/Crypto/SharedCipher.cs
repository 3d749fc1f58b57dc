namespace Fleet.Emulator.Crypto;

/// <summary>
/// Encrypts for all connections: who finds nobody at it takes what has come from any of them, up to four messages at a
/// time, because four cost hardly more than one. Whoever comes meanwhile waits for the next round, a millisecond or so.
/// </summary>
sealed class SharedCipher
{
    /// <summary>Shorter messages are encrypted at once: they gain nothing from company.</summary>
    const int AloneBelowBytes = 64 * 1024;

    readonly Lock _lock = new();
    readonly Queue<Waiting> _waiting = new();
    bool _busy;

    /// <summary>Encrypts one to four messages in place. Not to be given up half-way: their buffers are in use until it ends.</summary>
    public Task EncryptAsync(IReadOnlyList<IgeJob> jobs)
    {
        if (jobs is [{ Data.Length: < AloneBelowBytes } small])
        {
            Ige.Encrypt(small.Key.Span, small.Iv.Span, small.Data.Span);
            return Task.CompletedTask;
        }
        var own = jobs.Select(job => new Waiting(job)).ToArray();
        var all = Task.WhenAll(own.Select(w => w.Task));
        lock (_lock)
        {
            foreach (var waiting in own)
                _waiting.Enqueue(waiting);
            if (_busy)
                return all;
            _busy = true;
        }
        // Nobody waited before, so the first round holds the own messages; what came meanwhile goes on elsewhere.
        if (EncryptSome())
            ThreadPool.UnsafeQueueUserWorkItem(static cipher => cipher.EncryptRest(), this, preferLocal: false);
        return all;
    }

    void EncryptRest()
    {
        while (EncryptSome()) { }
    }

    /// <summary>One round. True when more waits; else nobody is at it any more.</summary>
    bool EncryptSome()
    {
        var round = new List<Waiting>(Ige.MaxLanes);
        lock (_lock)
        {
            while (round.Count < Ige.MaxLanes && _waiting.TryDequeue(out var next))
                round.Add(next);
        }
        Ige.EncryptTogether([.. round.Select(w => w.Job)]);
        foreach (var done in round)
            done.SetResult();
        lock (_lock)
            return _busy = _waiting.Count > 0;
    }

    sealed class Waiting(IgeJob job) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public IgeJob Job => job;
    }
}
