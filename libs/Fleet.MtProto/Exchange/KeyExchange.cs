using System.Numerics;
using System.Security.Cryptography;
using Fleet.MtProto.Crypto;
using Fleet.MtProto.Session;
using Fleet.MtProto.Transport;
using Fleet.Tl;
using Fleet.Tl.Mtp;

namespace Fleet.MtProto.Exchange;

/// <summary>Makes a permanent auth key with a data centre that nobody else can know.</summary>
/// <remarks>
/// 1. nonce → server_nonce, pq, key fingerprints. 2. p, q and new_nonce, readable only for the owner of the RSA key →
/// the Diffie-Hellman group and g_a, encrypted with the nonces. 3. g_b → a hash that proves both have the same key.
/// https://core.telegram.org/mtproto/auth_key
/// </remarks>
sealed class KeyExchange
{
    const int MaxRetries = 5;
    const int Sha1Bytes = SHA1.HashSizeInBytes;

    readonly HandshakeChannel _channel;
    readonly MessageIds _ids;
    readonly ConnectionOptions _options;
    readonly byte[] _nonce;
    readonly byte[] _newNonce;
    byte[] _serverNonce = [];

    KeyExchange(HandshakeChannel channel, MessageIds ids, ConnectionOptions options)
    {
        (_channel, _ids, _options) = (channel, ids, options);
        _nonce = RandomBytes(16);
        _newNonce = RandomBytes(32);
    }

    /// <summary>Runs on a channel that carried nothing yet; sets the clock of <paramref name="ids"/>.</summary>
    public static async Task<(AuthKey Key, long Salt)> RunAsync(
        FrameChannel channel,
        MessageIds ids,
        ConnectionOptions options,
        CancellationToken ct
    )
    {
        using var deadline = new CancellationTokenSource(options.KeyExchangeTimeout, options.Time);
        await using var abandon = ct.UnsafeRegister(static c => ((FrameChannel)c!).Dispose(), channel);
        await using var expire = deadline.Token.UnsafeRegister(static c => ((FrameChannel)c!).Dispose(), channel);
        using var handshake = new HandshakeChannel(channel, ids);
        try
        {
            return await new KeyExchange(handshake, ids, options).MakeKeyAsync();
        }
        catch (TlException e)
        {
            throw new KeyExchangeException(KeyExchangeFault.Content, e.Message, e);
        }
        catch (Exception e) when (ct.IsCancellationRequested)
        {
            throw new OperationCanceledException("The key exchange was cancelled", e, ct);
        }
        catch (Exception e) when (deadline.IsCancellationRequested)
        {
            throw new KeyExchangeException(KeyExchangeFault.Timeout, $"within {options.KeyExchangeTimeout}", e);
        }
    }

    async Task<(AuthKey Key, long Salt)> MakeKeyAsync()
    {
        var offer = Expect<ResPQ>(await _channel.AskAsync(new ReqPqMulti { Nonce = _nonce }));
        Require(offer.Nonce, _nonce, "nonce");
        _serverNonce = offer.ServerNonce;

        var answer = await _channel.AskAsync(ProveWork(offer));
        if (answer is ServerDHParamsFail refusal)
            throw Refused(refusal.NewNonceHash, NonceHash.Of(_newNonce), "server_DH_params_fail");
        var parameters = Expect<ServerDHParamsOk>(answer);
        RequireNonces(parameters.Nonce, parameters.ServerNonce);
        var group = Open(parameters.EncryptedAnswer);
        _ids.Synchronize(DateTimeOffset.FromUnixTimeSeconds(group.ServerTime));

        var key = await AgreeAsync(group);
        var salt =
            BinaryPrimitives.ReadInt64LittleEndian(_newNonce) ^ BinaryPrimitives.ReadInt64LittleEndian(_serverNonce);
        return (key, salt);
    }

    ReqDHParams ProveWork(ResPQ offer)
    {
        var serverKey =
            _options.ServerKeys.FindOrNull(offer.ServerPublicKeyFingerprints)
            ?? throw new KeyExchangeException(KeyExchangeFault.UnknownServerKey, "none of the offered keys is known");
        if (
            offer.Pq.Length > 8
            || !PrimeFactors.TrySplit((ulong)BigEndian.Read(offer.Pq), out var small, out var large)
        )
            throw new KeyExchangeException(KeyExchangeFault.BadFactors, $"pq of {offer.Pq.Length} bytes");
        var (p, q) = (BigEndian.WriteShortest(small), BigEndian.WriteShortest(large));
        var inner = Serialize(
            new PQInnerDataDc
            {
                Pq = offer.Pq,
                P = p,
                Q = q,
                Nonce = _nonce,
                ServerNonce = _serverNonce,
                NewNonce = _newNonce,
                Dc = _options.DcNumber,
            }
        );
        return new ReqDHParams
        {
            Nonce = _nonce,
            ServerNonce = _serverNonce,
            P = p,
            Q = q,
            PublicKeyFingerprint = serverKey.Fingerprint,
            EncryptedData = serverKey.EncryptPadded(inner, _options.Random),
        };
    }

    // SHA1(answer) + answer + 0..15 bytes of padding
    ServerDHInnerData Open(byte[] encrypted)
    {
        if (encrypted.Length % AesIge.BlockBytes != 0 || encrypted.Length < Sha1Bytes)
            throw new KeyExchangeException(KeyExchangeFault.Content, $"encrypted_answer of {encrypted.Length} bytes");
        var (key, iv) = NonceHash.DeriveKey(_newNonce, _serverNonce);
        AesIge.Decrypt(encrypted, key, iv);
        var reader = new TlReader(encrypted.AsSpan(Sha1Bytes));
        var answer = Expect<ServerDHInnerData>(reader.ReadObject());
        if (reader.Remaining >= AesIge.BlockBytes)
            throw new KeyExchangeException(KeyExchangeFault.Content, $"{reader.Remaining} bytes of padding");
        Require(SHA1.HashData(encrypted.AsSpan(Sha1Bytes, reader.Position)), encrypted.AsSpan(0, Sha1Bytes), "hash");
        RequireNonces(answer.Nonce, answer.ServerNonce);
        return answer;
    }

    async Task<AuthKey> AgreeAsync(ServerDHInnerData group)
    {
        var p = BigEndian.Read(group.DhPrime);
        var ga = BigEndian.Read(group.GA);
        if (!DiffieHellman.IsGoodGroup(p, group.G, _options.Random))
            throw new KeyExchangeException(KeyExchangeFault.UnsafeGroup, $"p of {p.GetBitLength()} bits, g {group.G}");
        if (!DiffieHellman.IsGoodValue(ga, p))
            throw new KeyExchangeException(KeyExchangeFault.UnsafeGroup, "g_a is too close to 0 or p");

        long retryId = 0;
        for (var attempt = 0; attempt < MaxRetries; attempt++)
        {
            var (b, gb) = PickSecret(p, group.G);
            var key = AuthKey.Import(BigEndian.Write(BigInteger.ModPow(ga, b, p), AuthKey.Length));
            var answer = await _channel.AskAsync(Confirm(gb, retryId));
            if (IsAccepted(answer, key))
                return key;
            retryId = key.AuxiliaryHash;
        }
        throw new KeyExchangeException(KeyExchangeFault.Refused, $"dh_gen_retry {MaxRetries} times");
    }

    (BigInteger B, BigInteger GB) PickSecret(BigInteger p, int g)
    {
        while (true)
        {
            var b = BigEndian.Read(RandomBytes(DiffieHellman.Bytes));
            var gb = BigInteger.ModPow(g, b, p);
            if (DiffieHellman.IsGoodValue(gb, p))
                return (b, gb);
        }
    }

    SetClientDHParams Confirm(BigInteger gb, long retryId)
    {
        var inner = Serialize(
            new ClientDHInnerData
            {
                Nonce = _nonce,
                ServerNonce = _serverNonce,
                RetryId = retryId,
                GB = BigEndian.Write(gb, DiffieHellman.Bytes),
            }
        );
        var padding = -(Sha1Bytes + inner.Length) & (AesIge.BlockBytes - 1);
        byte[] data = [.. SHA1.HashData(inner), .. inner, .. RandomBytes(padding)];
        var (key, iv) = NonceHash.DeriveKey(_newNonce, _serverNonce);
        AesIge.Encrypt(data, key, iv);
        return new SetClientDHParams
        {
            Nonce = _nonce,
            ServerNonce = _serverNonce,
            EncryptedData = data,
        };
    }

    // True for dh_gen_ok, false for dh_gen_retry.
    bool IsAccepted(TlObject answer, AuthKey key)
    {
        byte[] Hash(byte number) => NonceHash.Of(_newNonce, number, key.AuxiliaryHash);
        switch (answer)
        {
            case DhGenOk ok:
                RequireNonces(ok.Nonce, ok.ServerNonce);
                Require(ok.NewNonceHash1, Hash(1), "new_nonce_hash1");
                return true;
            case DhGenRetry retry:
                RequireNonces(retry.Nonce, retry.ServerNonce);
                Require(retry.NewNonceHash2, Hash(2), "new_nonce_hash2");
                return false;
            case DhGenFail fail:
                throw Refused(fail.NewNonceHash3, Hash(3), "dh_gen_fail");
            default:
                throw Unexpected(answer);
        }
    }

    void RequireNonces(byte[] nonce, byte[] serverNonce)
    {
        Require(nonce, _nonce, "nonce");
        Require(serverNonce, _serverNonce, "server_nonce");
    }

    static void Require(ReadOnlySpan<byte> actual, ReadOnlySpan<byte> expected, string name)
    {
        if (!CryptographicOperations.FixedTimeEquals(actual, expected))
            throw new KeyExchangeException(KeyExchangeFault.Mismatch, $"{name} is not ours");
    }

    static KeyExchangeException Refused(byte[] hash, byte[] expected, string answer)
    {
        Require(hash, expected, $"the hash of {answer}");
        return new KeyExchangeException(KeyExchangeFault.Refused, answer);
    }

    static T Expect<T>(TlObject answer)
        where T : TlObject => answer as T ?? throw Unexpected(answer);

    static KeyExchangeException Unexpected(TlObject answer) =>
        new(KeyExchangeFault.Content, $"an unexpected answer 0x{answer.ConstructorId:x8}");

    static byte[] Serialize(TlObject value)
    {
        using var writer = new TlWriter(512);
        value.Write(writer);
        return writer.WrittenSpan.ToArray();
    }

    byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        _options.Random(bytes);
        return bytes;
    }
}
