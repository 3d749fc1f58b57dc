using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using Fleet.Emulator.Crypto;
using Fleet.Tl;

namespace Fleet.Emulator.Wire;

/// <summary>
/// The server's side of the key exchange, one per connection: resPQ, server_DH_params_ok, dh_gen_ok. Takes both RSA
/// forms and all four inner data constructors. A step out of order or with a wrong nonce ends the connection.
/// </summary>
/// <remarks>https://core.telegram.org/mtproto/auth_key</remarks>
sealed class KeyExchange(RsaServerKey rsa, TimeProvider time)
{
    /// <summary>As strong as the 2048-bit group, at an eighth of the cost of a secret of its length.</summary>
    const int SecretBytes = 32;

    byte[] _nonce = [];
    byte[] _serverNonce = [];
    byte[] _newNonce = [];
    BigInteger _secret;
    byte[] _pq = [];
    byte[] _temporaryKey = [];
    byte[] _temporaryIv = [];
    int? _expiresIn;

    /// <summary>Answers one unencrypted message; the last step also yields the new key.</summary>
    /// <exception cref="InvalidDataException">The message does not belong here; the connection must end.</exception>
    public NewAuthKey? Answer(ReadOnlySpan<byte> message, TlWriter answer)
    {
        var reader = new TlReader(message);
        switch (reader.ReadUInt32())
        {
            case Mtp.ReqPq or Mtp.ReqPqMulti:
                AnswerPq(ref reader, answer);
                return null;
            case Mtp.ReqDhParams when _pq.Length > 0:
                AnswerDhParams(ref reader, answer);
                return null;
            case Mtp.SetClientDhParams when _temporaryKey.Length > 0:
                return AnswerClientDh(ref reader, answer);
            default:
                throw new InvalidDataException("Not a step of the key exchange, or out of order.");
        }
    }

    void AnswerPq(ref TlReader reader, TlWriter answer)
    {
        _nonce = reader.ReadInt128();
        _serverNonce = RandomNumberGenerator.GetBytes(16);
        _temporaryKey = [];
        ulong p = BigNumbers.SmallPrime();
        ulong q;
        do q = BigNumbers.SmallPrime();
        while (p == q);
        _pq = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(_pq, p * q);

        answer.WriteUInt32(Mtp.ResPq);
        answer.WriteInt128(_nonce);
        answer.WriteInt128(_serverNonce);
        answer.WriteBytes(_pq);
        answer.WriteUInt32(Mtp.Vector);
        answer.WriteInt32(1);
        answer.WriteInt64(rsa.Fingerprint);
    }

    void AnswerDhParams(ref TlReader reader, TlWriter answer)
    {
        CheckNonces(ref reader);
        var p = BigNumbers.FromBytes(reader.ReadBytesSpan());
        var q = BigNumbers.FromBytes(reader.ReadBytesSpan());
        Demand(p < q && p * q == BigNumbers.FromBytes(_pq), "p and q");
        Demand(reader.ReadInt64() == rsa.Fingerprint, "fingerprint");
        ReadInnerData(rsa.DecryptOrNull(reader.ReadBytesSpan()));
        DeriveTemporaryKey();
        _pq = [];

        byte[] share;
        do
        {
            _secret = BigNumbers.Random(SecretBytes);
            share = BigNumbers.ToBytes(BigInteger.ModPow(BigNumbers.Generator, _secret, BigNumbers.Prime));
        } while (!BigNumbers.IsSafeShare(BigNumbers.FromBytes(share)));

        using var inner = new TlWriter();
        inner.WriteUInt32(Mtp.ServerDhInnerData);
        inner.WriteInt128(_nonce);
        inner.WriteInt128(_serverNonce);
        inner.WriteInt32(BigNumbers.Generator);
        inner.WriteBytes(BigNumbers.ToBytes(BigNumbers.Prime));
        inner.WriteBytes(share);
        inner.WriteInt32((int)time.GetUtcNow().ToUnixTimeSeconds());
        answer.WriteUInt32(Mtp.ServerDhParamsOk);
        answer.WriteInt128(_nonce);
        answer.WriteInt128(_serverNonce);
        answer.WriteBytes(EncryptWithHash(inner.WrittenSpan));
    }

    void ReadInnerData(byte[]? data)
    {
        Demand(data is not null, "RSA padding");
        var reader = new TlReader(data);
        var constructor = reader.ReadUInt32();
        var known = constructor is Mtp.PqInnerData or Mtp.PqInnerDataDc or Mtp.PqInnerDataTemp or Mtp.PqInnerDataTempDc;
        Demand(known, "inner data");
        Demand(reader.ReadBytesSpan().SequenceEqual(_pq), "pq inside");
        reader.ReadBytesSpan();
        reader.ReadBytesSpan();
        CheckNonces(ref reader);
        _newNonce = reader.ReadInt256();
        if (constructor is Mtp.PqInnerDataDc or Mtp.PqInnerDataTempDc)
            reader.ReadInt32();
        if (constructor is Mtp.PqInnerDataTemp or Mtp.PqInnerDataTempDc)
            _expiresIn = reader.ReadInt32();
    }

    NewAuthKey? AnswerClientDh(ref TlReader reader, TlWriter answer)
    {
        CheckNonces(ref reader);
        var data = reader.ReadBytes();
        Demand(data.Length is > 20 and <= 1024 && data.Length % Ige.BlockBytes == 0, "length of encrypted data");
        Ige.Decrypt(_temporaryKey, _temporaryIv, data);
        var inner = new TlReader(data.AsSpan(20));
        Demand(inner.ReadUInt32() == Mtp.ClientDhInnerData, "client inner data");
        CheckNonces(ref inner);
        inner.ReadInt64();
        var share = BigNumbers.FromBytes(inner.ReadBytesSpan());
        Demand(SHA1.HashData(data.AsSpan(20, inner.Position)).AsSpan().SequenceEqual(data.AsSpan(0, 20)), "hash");
        _temporaryKey = [];

        var accepted = BigNumbers.IsSafeShare(share);
        var key = BigNumbers.ToBytes(BigInteger.ModPow(share, _secret, BigNumbers.Prime));
        answer.WriteUInt32(accepted ? Mtp.DhGenOk : Mtp.DhGenFail);
        answer.WriteInt128(_nonce);
        answer.WriteInt128(_serverNonce);
        answer.WriteInt128(NewNonceHash(accepted ? (byte)1 : (byte)3, key));
        return accepted ? new NewAuthKey(key, InitialSalt(), _expiresIn) : null;
    }

    byte[] NewNonceHash(byte number, byte[] key)
    {
        byte[] input = [.. _newNonce, number, .. SHA1.HashData(key).AsSpan(0, 8)];
        return SHA1.HashData(input)[4..];
    }

    long InitialSalt() =>
        BinaryPrimitives.ReadInt64LittleEndian(_newNonce) ^ BinaryPrimitives.ReadInt64LittleEndian(_serverNonce);

    void DeriveTemporaryKey()
    {
        var newServer = SHA1.HashData([.. _newNonce, .. _serverNonce]);
        var serverNew = SHA1.HashData([.. _serverNonce, .. _newNonce]);
        var newNew = SHA1.HashData([.. _newNonce, .. _newNonce]);
        _temporaryKey = [.. newServer, .. serverNew.AsSpan(0, 12)];
        _temporaryIv = [.. serverNew.AsSpan(12, 8), .. newNew, .. _newNonce.AsSpan(0, 4)];
    }

    byte[] EncryptWithHash(ReadOnlySpan<byte> inner)
    {
        var length = (20 + inner.Length + Ige.BlockBytes - 1) / Ige.BlockBytes * Ige.BlockBytes;
        var data = RandomNumberGenerator.GetBytes(length);
        SHA1.HashData(inner, data);
        inner.CopyTo(data.AsSpan(20));
        Ige.Encrypt(_temporaryKey, _temporaryIv, data);
        return data;
    }

    void CheckNonces(ref TlReader reader)
    {
        Demand(reader.ReadInt128().AsSpan().SequenceEqual(_nonce), "nonce");
        Demand(reader.ReadInt128().AsSpan().SequenceEqual(_serverNonce), "server_nonce");
    }

    static void Demand([System.Diagnostics.CodeAnalysis.DoesNotReturnIf(false)] bool condition, string what)
    {
        if (!condition)
            throw new InvalidDataException($"Key exchange: wrong {what}.");
    }
}

/// <summary>What a finished key exchange yields: 256 key bytes, the first server salt, the lifetime in seconds of a temporary key.</summary>
sealed record NewAuthKey(byte[] Key, long Salt, int? ExpiresIn);
