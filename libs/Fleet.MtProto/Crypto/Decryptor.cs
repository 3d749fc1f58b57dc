namespace Fleet.MtProto.Crypto;

/// <summary>Decrypts the large frames of all connections, up to four that wait together.</summary>
/// <remarks>
/// A connection that has a whole frame asks for a batch. If one is free it decrypts its frame at once, on its own
/// thread. If none is, the frame waits, and whoever gets the next batch takes it along: four interleaved cost little
/// more than one. Then the batch goes to the first frame still waiting, so nobody works through the queue of others.
/// Only AES is done together; each connection hashes its own frame afterwards, in parallel with the next batch.
/// At most one frame per connection waits.
/// </remarks>
/// <param name="batches">How many batches may be decrypted at the same time.</param>
sealed class Decryptor(int batches)
{
    /// <summary>Frames below this are decrypted where they are: waiting would cost more than it saves.</summary>
    public const int LeastBytes = 16_384;

    // Four interleaved are decrypted more than twice as fast as one core hashes, so one batch feeds two cores that hash
    // and what reads for them; more batches than that would only find fewer frames waiting, and run less interleaved.
    const int ProcessorsPerBatch = 4;

    /// <summary>That of all connections of the process.</summary>
    public static Decryptor Shared { get; } =
        new((Environment.ProcessorCount + ProcessorsPerBatch - 1) / ProcessorsPerBatch);

    readonly Lock _gate = new();
    readonly Queue<Decryption> _waiting = new();
    readonly Stack<DecryptionBatch> _free = new(Enumerable.Range(0, batches).Select(_ => new DecryptionBatch()));

    /// <summary>No frame waits or is being decrypted: a leak check.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_gate)
                return _free.Count == batches && _waiting.Count == 0;
        }
    }

    /// <summary>A batch for the caller to <see cref="Run"/>; null when none is free: then <paramref name="frame"/> waits
    /// until it is finished, or led to a batch.</summary>
    public DecryptionBatch? EnterOrNull(Decryption frame)
    {
        lock (_gate)
        {
            if (_free.TryPop(out var batch))
                return batch;
            _waiting.Enqueue(frame);
            return null;
        }
    }

    /// <summary>Decrypts <paramref name="first"/> and up to three frames that wait, and passes the batch on.</summary>
    public void Run(DecryptionBatch batch, Decryption first)
    {
        batch.Add(first);
        lock (_gate)
        {
            while (!batch.IsFull && _waiting.TryDequeue(out var next))
                batch.Add(next);
        }
        batch.Decrypt();
        Decryption? heir;
        lock (_gate)
        {
            if (!_waiting.TryDequeue(out heir))
                _free.Push(batch);
        }
        heir?.Lead(batch);
    }
}
