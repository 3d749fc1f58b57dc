using System.Security.Cryptography;

namespace Fleet.MtProto.Crypto;

/// <summary>One to four frames that are decrypted together, and the room for their keys. Used by one thread at a time.</summary>
sealed class DecryptionBatch
{
    readonly Decryption[] _frames = new Decryption[AesIge.MaxTogether];
    readonly Memory<byte>[] _ciphertexts = new Memory<byte>[AesIge.MaxTogether];
    readonly byte[] _keys = new byte[AesIge.MaxTogether * AesIge.KeyBytes];
    readonly byte[] _ivs = new byte[AesIge.MaxTogether * AesIge.IvBytes];
    int _count;

    public bool IsFull => _count == AesIge.MaxTogether;

    public void Add(Decryption frame)
    {
        _frames[_count] = frame;
        _ciphertexts[_count] = frame.Ciphertext;
        frame.MoveKey(_keys.AsSpan(_count * AesIge.KeyBytes), _ivs.AsSpan(_count * AesIge.IvBytes));
        _count++;
    }

    /// <summary>Decrypts all, finishes those that wait, and is empty again. A finished frame is not touched any more: it
    /// belongs to its connection. Cannot fail: <see cref="MessageCrypto.Open"/> has checked every length.</summary>
    public void Decrypt()
    {
        AesIge.Decrypt(_ciphertexts.AsSpan(0, _count), _keys, _ivs);
        CryptographicOperations.ZeroMemory(_keys);
        for (var i = 1; i < _count; i++) // the first is the caller's own
            _frames[i].Finish();
        _frames.AsSpan().Clear();
        _ciphertexts.AsSpan().Clear();
        _count = 0;
    }
}
