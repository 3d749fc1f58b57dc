using System.Buffers.Binary;
using System.Net.Sockets;
using System.Numerics;
using System.Security.Cryptography;
using Fleet.MtProto;
using Fleet.MtProto.Crypto;
using Fleet.MtProto.Exchange;
using Fleet.MtProto.Session;
using Fleet.MtProto.Transport;
using Fleet.Tl;
using Fleet.Tl.Mtp;

namespace Fleet.Fuzz;

/// <summary>
/// A key exchange over a real socket on which all of the server's answers lie ready: it makes the one right key or is
/// refused. The client's random numbers are known, so an answer can be right in everything but what was changed. The
/// first byte of a part says how it becomes an answer.
/// </summary>
sealed class ExchangeTarget : FuzzTarget
{
    const byte Clear = 0;
    const byte Sealed = 1;
    const byte Raw = 2;
    const int Ways = 3;

    const int MostAnswers = 8;
    const int Generator = 3;

    static readonly byte[] Nonce = Drawn(16);
    static readonly byte[] NewNonce = Drawn(32);
    static readonly byte[] ServerNonce = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];
    static readonly BigInteger Secret = BigEndian.Read(Drawn(DiffieHellman.Bytes));
    static readonly BigInteger ServerValue = BigInteger.ModPow(Generator, Secret + 12_345, DiffieHellman.KnownPrime);
    static readonly AuthKey Right = AuthKey.Import(
        BigEndian.Write(BigInteger.ModPow(ServerValue, Secret, DiffieHellman.KnownPrime), AuthKey.Length)
    );

    readonly UnixDomainSocketEndPoint _address = new($"\0fleet-fuzz-{Environment.ProcessId}-{Guid.NewGuid():n}");
    readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public ExchangeTarget()
    {
        _listener.Bind(_address);
        _listener.Listen();
    }

    public override string Name => "exchange";

    /// <summary>Few: a whole exchange takes a thousand times longer than any other input.</summary>
    public override int Share => 4;

    public override IReadOnlyList<byte[]> Seeds { get; } = [.. Corpus.Hex("exchange.hex"), .. Generated()];

    public override IReadOnlyList<byte[]> Words { get; } = [Parts.Separator];

    /// <summary>Numbers of 2048 bits, and whatever else in the process allocates meanwhile.</summary>
    public override long AllocationLimit(int inputBytes) => 1 << 26;

    /// <summary>The exchange may go on on another thread.</summary>
    public override long Allocated => GC.GetTotalAllocatedBytes();

    public override FuzzOutcome Run(byte[] input)
    {
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Connect(_address);
        using var server = _listener.Accept();
        foreach (var part in Parts.Split(input, MostAnswers))
            server.Send(Frame(part));
        server.Shutdown(SocketShutdown.Send);
        try
        {
            var key = Exchange(client);
            return key.Id == Right.Id
                ? new FuzzOutcome("a key")
                : throw new FuzzException("a key that is not the right one");
        }
        catch (KeyExchangeException e)
        {
            return new FuzzOutcome(e.Fault.ToString(), e.Message.Length);
        }
        catch (ProtocolViolationException e)
        {
            return new FuzzOutcome(e.Violation.ToString());
        }
        catch (ConnectionLostException e)
        {
            return new FuzzOutcome(e.GetType().Name);
        }
    }

    static AuthKey Exchange(Socket client)
    {
        var options = new ConnectionOptions
        {
            Address = new DcAddress(2, "127.0.0.1", 443),
            Client = new ClientInfo(1),
            Random = new FuzzRandom().Fill,
        };
        using var channel = new FrameChannel(
            new SocketWire(client),
            FrameCodec.Create(options.Transport, options.Random),
            options.MaxFrameBytes,
            options.Buffers
        );
        var ids = new MessageIds(new StoppedClock());
#pragma warning disable VSTHRD002 // the fuzzer's thread has nothing else to do
        return KeyExchange.RunAsync(channel, ids, options, CancellationToken.None).GetAwaiter().GetResult().Key;
#pragma warning restore VSTHRD002
    }

    // length 4; auth_key_id = 0 (8), msg_id (8), length (4), body
    static byte[] Frame(byte[] part)
    {
        var content = part.AsSpan(1);
        var way = part[0] % Ways;
        if (way == Raw)
            return [.. BitConverter.GetBytes(content.Length), .. content];
        byte[] body = way == Sealed ? Seal(content) : content.ToArray();
        var frame = new byte[24 + body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length - 4);
        BinaryPrimitives.WriteInt64LittleEndian(frame.AsSpan(12), 1);
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(20), body.Length);
        body.CopyTo(frame, 24);
        return frame;
    }

    /// <summary>server_DH_params_ok with this as its inner data, right hash and encryption included.</summary>
    static byte[] Seal(ReadOnlySpan<byte> inner)
    {
        byte[] data = [.. SHA1.HashData(inner), .. inner];
        Array.Resize(ref data, (data.Length + AesIge.BlockBytes - 1) & -AesIge.BlockBytes);
        var (key, iv) = NonceHash.DeriveKey(NewNonce, ServerNonce);
        AesIge.Encrypt(data, key, iv);
        return ObjectTarget.Write(
            new ServerDHParamsOk
            {
                Nonce = Nonce,
                ServerNonce = ServerNonce,
                EncryptedAnswer = data,
            }
        );
    }

    static byte[] Drawn(int length)
    {
        var bytes = new byte[length];
        new FuzzRandom().Fill(bytes);
        return bytes;
    }

    static IEnumerable<byte[]> Generated()
    {
        byte[] Answer(TlObject answer) => [Clear, .. ObjectTarget.Write(answer)];
        var offer = Answer(
            new ResPQ
            {
                Nonce = Nonce,
                ServerNonce = ServerNonce,
                Pq = Convert.FromHexString("17ED48941A08F981"),
                ServerPublicKeyFingerprints = [1, .. RsaKeySet.Production.Fingerprints],
            }
        );
        var group = new ServerDHInnerData
        {
            Nonce = Nonce,
            ServerNonce = ServerNonce,
            G = Generator,
            DhPrime = BigEndian.Write(DiffieHellman.KnownPrime, DiffieHellman.Bytes),
            GA = BigEndian.Write(ServerValue, DiffieHellman.Bytes),
            ServerTime = 1_767_225_600,
        };
        byte[] parameters = [Sealed, .. ObjectTarget.Write(group)];
        byte[] Hash(byte number) => NonceHash.Of(NewNonce, number, Right.AuxiliaryHash);
        var ok = Answer(
            new DhGenOk
            {
                Nonce = Nonce,
                ServerNonce = ServerNonce,
                NewNonceHash1 = Hash(1),
            }
        );
        var retry = Answer(
            new DhGenRetry
            {
                Nonce = Nonce,
                ServerNonce = ServerNonce,
                NewNonceHash2 = Hash(2),
            }
        );
        var fail = Answer(
            new DhGenFail
            {
                Nonce = Nonce,
                ServerNonce = ServerNonce,
                NewNonceHash3 = Hash(3),
            }
        );
        var refusal = Answer(
            new ServerDHParamsFail
            {
                Nonce = Nonce,
                ServerNonce = ServerNonce,
                NewNonceHash = NonceHash.Of(NewNonce),
            }
        );
        yield return Parts.Join(offer, parameters, ok);
        yield return Parts.Join(offer, parameters, retry, ok);
        yield return Parts.Join(offer, parameters, fail);
        yield return Parts.Join(offer, refusal);
        yield return [Raw, .. BitConverter.GetBytes(-404)];
    }
}
