using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Numerics;
using System.Security.Cryptography;
using Fleet.MtProto;
using Fleet.MtProto.Crypto;
using Fleet.MtProto.Exchange;
using Fleet.Tl;
using Fleet.Tl.Mtp;
using Fleet.UnitTests.Tl;

namespace Fleet.UnitTests.MtProto;

/// <summary>The server's side of one key exchange, right in everything but what a test makes it get wrong.</summary>
sealed class HandshakeServer : IAsyncDisposable
{
    static readonly RSA Rsa = RSA.Create(2048);
    static readonly RsaPublicKey PublicKey = RsaPublicKey.FromPem(Rsa.ExportRSAPublicKeyPem());

    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly byte[] _serverNonce = RandomNumberGenerator.GetBytes(16);
    readonly BigInteger _a = BigEndian.Read(RandomNumberGenerator.GetBytes(256));
    Task _serving = Task.CompletedTask;
    byte[] _newNonce = [];

    /// <summary>The last word on each answer in clear.</summary>
    public Func<TlObject, TlObject> Spoil { get; init; } = answer => answer;

    /// <summary>The last word on the Diffie-Hellman parameters before they are encrypted.</summary>
    public Func<ServerDHInnerData, ServerDHInnerData> SpoilGroup { get; init; } = group => group;

    /// <summary>The last word on the encrypted answer: hash, parameters, padding.</summary>
    public Func<byte[], byte[]> SpoilPlain { get; init; } = plain => plain;

    /// <summary>How often dh_gen_retry comes before dh_gen_ok.</summary>
    public int Retries { get; init; }

    /// <summary>What retry_id was sent, each time.</summary>
    public List<long> RetryIds { get; } = [];

    /// <summary>Every byte of the answers.</summary>
    public List<byte> Sent { get; } = [];

    /// <summary>The inner data of the request.</summary>
    public PQInnerDataDc? Request { get; private set; }

    public AuthKey? Key { get; private set; }

    public ConnectionOptions Listen()
    {
        _listener.Start();
        _serving = ServeAsync();
        return new ConnectionOptions
        {
            Address = new DcAddress(2, "127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port),
            Client = new ClientInfo(1),
            ServerKeys = new RsaKeySet([PublicKey]),
        };
    }

    /// <summary>Why a client refuses the exchange; null if it does not.</summary>
    public async Task<KeyExchangeFault?> FaultAsync(Func<ConnectionOptions, ConnectionOptions>? change = null)
    {
        var options = Listen();
        try
        {
            await using var connection = await MtConnection.ConnectAsync(
                change?.Invoke(options) ?? options,
                CancellationToken.None
            );
            return null;
        }
        catch (KeyExchangeException e)
        {
            return e.Fault;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        try
        {
            await _serving;
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // the client hung up, as it should when it is lied to
        }
    }

    async Task ServeAsync()
    {
        using var client = await _listener.AcceptTcpClientAsync();
        await using var stream = client.GetStream();
        await stream.ReadExactlyAsync(new byte[4]);
        while (true)
        {
            var length = new byte[4];
            await stream.ReadExactlyAsync(length);
            var frame = new byte[BitConverter.ToInt32(length)];
            await stream.ReadExactlyAsync(frame);
            var answer = TlBytes.Of(Spoil(Answer(TlBytes.Read(frame.AsSpan(20)))));
            var reply = new byte[24 + answer.Length];
            BinaryPrimitives.WriteInt32LittleEndian(reply, 20 + answer.Length);
            BinaryPrimitives.WriteInt64LittleEndian(reply.AsSpan(12), 1);
            BinaryPrimitives.WriteInt32LittleEndian(reply.AsSpan(20), answer.Length);
            answer.CopyTo(reply, 24);
            Sent.AddRange(reply);
            await stream.WriteAsync(reply);
        }
    }

    TlObject Answer(TlObject question) =>
        question switch
        {
            ReqPqMulti q => new ResPQ
            {
                Nonce = q.Nonce,
                ServerNonce = _serverNonce,
                Pq = Convert.FromHexString("17ED48941A08F981"),
                ServerPublicKeyFingerprints = [1, PublicKey.Fingerprint],
            },
            ReqDHParams q => OfferGroup(q),
            SetClientDHParams q => Agree(q),
            _ => throw new InvalidOperationException($"{question}"),
        };

    ServerDHParamsOk OfferGroup(ReqDHParams q)
    {
        var inner = (PQInnerDataDc)TlBytes.Read(TrimTo(NumberTests.OpenPadded(q.EncryptedData, Secret)));
        (Request, _newNonce) = (inner, inner.NewNonce);
        var group = new ServerDHInnerData
        {
            Nonce = q.Nonce,
            ServerNonce = _serverNonce,
            G = 3,
            DhPrime = BigEndian.Write(DiffieHellman.KnownPrime, 256),
            GA = BigEndian.Write(BigInteger.ModPow(3, _a, DiffieHellman.KnownPrime), 256),
            ServerTime = (int)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 100,
        };
        var answer = TlBytes.Of(SpoilGroup(group));
        byte[] hashed = [.. SHA1.HashData(answer), .. answer];
        var plain = SpoilPlain([.. hashed, .. new byte[-hashed.Length & 15]]);
        AesIge.Encrypt(plain, Aes.Key, Aes.Iv);
        return new ServerDHParamsOk
        {
            Nonce = q.Nonce,
            ServerNonce = _serverNonce,
            EncryptedAnswer = plain,
        };
    }

    TlObject Agree(SetClientDHParams q)
    {
        byte[] plain = [.. q.EncryptedData];
        AesIge.Decrypt(plain, Aes.Key, Aes.Iv);
        var reader = new TlReader(plain.AsSpan(20));
        var inner = (ClientDHInnerData)reader.ReadObject();
        var shared = BigInteger.ModPow(BigEndian.Read(inner.GB), _a, DiffieHellman.KnownPrime);
        Key = AuthKey.Import(BigEndian.Write(shared, 256));
        RetryIds.Add(inner.RetryId);
        var again = RetryIds.Count <= Retries;
        var hash = NonceHash.Of(_newNonce, again ? (byte)2 : (byte)1, Key.AuxiliaryHash);
        return again
            ? new DhGenRetry
            {
                Nonce = q.Nonce,
                ServerNonce = _serverNonce,
                NewNonceHash2 = hash,
            }
            : new DhGenOk
            {
                Nonce = q.Nonce,
                ServerNonce = _serverNonce,
                NewNonceHash1 = hash,
            };
    }

    (byte[] Key, byte[] Iv) Aes => NonceHash.DeriveKey(_newNonce, _serverNonce);

    static RSAParameters Secret => Rsa.ExportParameters(includePrivateParameters: true);

    static byte[] TrimTo(byte[] padded)
    {
        var reader = new TlReader(padded);
        reader.ReadObject();
        return padded[..reader.Position];
    }
}
