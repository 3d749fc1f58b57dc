using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Threading.Tasks.Sources;

namespace Fleet.MtProto.Crypto;

/// <summary>One connection's frames on their way through the <see cref="Decryptor"/>, one at a time.</summary>
sealed class Decryption(Decryptor decryptor, AuthKey key) : IValueTaskSource<DecryptionBatch?>
{
    readonly byte[] _messageKey = new byte[MessageCrypto.MessageKeyBytes];
    readonly byte[] _aesKey = new byte[AesIge.KeyBytes];
    readonly byte[] _aesIv = new byte[AesIge.IvBytes];

    // Its result: null when another connection has decrypted the frame, or the batch to decrypt it with. The connection
    // goes on on a thread of its own: whoever completes this has its own frame to hash.
    ManualResetValueTaskSourceCore<DecryptionBatch?> _turn = new() { RunContinuationsAsynchronously = true };

    /// <summary>What is to be decrypted in place; empty while there is nothing.</summary>
    public Memory<byte> Ciphertext { get; private set; }

    /// <summary>Decrypts a message from the server in place and checks its msg_key; synchronously, and without
    /// allocating, when no other frame is before it.</summary>
    /// <param name="frame">As for <see cref="MessageCrypto.Decrypt"/>. The caller's again when the task has completed,
    /// which waits for no network and no connection; not before.</param>
    /// <exception cref="ProtocolViolationException">Length, auth_key_id or msg_key is wrong.</exception>
    public ValueTask RunAsync(Memory<byte> frame)
    {
        MessageCrypto.Open(frame.Span, key, MessageDirection.ToClient, _messageKey, _aesKey, _aesIv);
        Ciphertext = frame[MessageCrypto.PlaintextOffset..];
        if (decryptor.EnterOrNull(this) is not { } batch)
            return WaitAsync(frame);
        decryptor.Run(batch, this);
        Verify(frame.Span);
        return default;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    async ValueTask WaitAsync(Memory<byte> frame)
    {
        if (await new ValueTask<DecryptionBatch?>(this, _turn.Version) is { } batch)
            decryptor.Run(batch, this);
        Verify(frame.Span);
    }

    void Verify(Span<byte> frame)
    {
        Ciphertext = default;
        MessageCrypto.Verify(frame, key, MessageDirection.ToClient, _messageKey);
    }

    /// <summary>Hands out the key of the message and forgets it.</summary>
    public void MoveKey(Span<byte> aesKey, Span<byte> aesIv)
    {
        _aesKey.CopyTo(aesKey);
        _aesIv.CopyTo(aesIv);
        CryptographicOperations.ZeroMemory(_aesKey);
    }

    /// <summary>The frame was decrypted by another connection.</summary>
    public void Finish() => _turn.SetResult(null);

    /// <summary>The frame's own connection is to decrypt it, with what waits by then.</summary>
    public void Lead(DecryptionBatch batch) => _turn.SetResult(batch);

    DecryptionBatch? IValueTaskSource<DecryptionBatch?>.GetResult(short token)
    {
        var batch = _turn.GetResult(token);
        _turn.Reset();
        return batch;
    }

    ValueTaskSourceStatus IValueTaskSource<DecryptionBatch?>.GetStatus(short token) => _turn.GetStatus(token);

    void IValueTaskSource<DecryptionBatch?>.OnCompleted(
        Action<object?> continuation,
        object? state,
        short token,
        ValueTaskSourceOnCompletedFlags flags
    ) => _turn.OnCompleted(continuation, state, token, flags);
}
