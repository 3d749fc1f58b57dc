using System.Buffers.Binary;
using System.IO.Compression;
using Fleet.MtProto;
using Fleet.MtProto.Crypto;
using Fleet.MtProto.Session;
using Fleet.Tl;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;
using Fleet.Tl.Mtp;

namespace Fleet.Fuzz;

/// <summary>
/// A session with three calls under way receives up to eight messages. It takes them or ends the connection, what it
/// then sends is bounded, and every call completes. The first byte of a part says how it becomes a frame.
/// </summary>
sealed class MessageTarget : FuzzTarget
{
    const byte Plain = 0;
    const byte Packed = 1;
    const byte PackedResult = 2;
    const byte WithHeader = 3;
    const byte Ciphertext = 4;
    const int Ways = 5;

    const int MostMessages = 8;
    const int HeaderBytes = 32;
    const int LeastPadding = 12;
    const int MostFrames = 64;
    const int MostUnpacked = 65_536;
    const int Calls = 3;

    static readonly AuthKey Key = AuthKey.Import(Filled(AuthKey.Length));
    static readonly long FirstId = StoppedClock.Now.ToUnixTimeSeconds() << 32;
    static readonly long SessionId = BinaryPrimitives.ReadInt64LittleEndian(Filled(8));

    public override string Name => "messages";

    public override int Share => 1496;

    public override IReadOnlyList<byte[]> Seeds { get; } = [.. Corpus.Hex("messages.hex"), .. Generated()];

    public override IReadOnlyList<byte[]> Words { get; } =
    [
        Parts.Separator,
        .. new[]
        {
            MsgContainer.TlId,
            GzipPacked.TlId,
            RpcResult.TlId,
            RpcError.TlId,
            BadServerSalt.TlId,
            MsgResendReq.TlId,
            MsgsStateInfo.TlId,
            MsgsStateReq.TlId,
        }.Select(BitConverter.GetBytes),
        .. Enumerable.Range(0, Calls + 2).Select(i => BitConverter.GetBytes(FirstId + (4 * i))),
    ];

    /// <summary>64 KiB unpacked from each of eight frames, and objects made of them.</summary>
    public override long AllocationLimit(int inputBytes) => 1 << 25;

    public override FuzzOutcome Run(byte[] input)
    {
        var options = new ConnectionOptions
        {
            Address = new DcAddress(2, "127.0.0.1", 443),
            Client = new ClientInfo(1),
            AuthKey = Key,
            Time = new StoppedClock(),
            Random = new FuzzRandom().Fill,
            MaxUnpackedBytes = MostUnpacked,
            AnswerPatience = TimeSpan.Zero, // the clock stands still, and every tick asks about every call
        };
        var session = new MtSession(options, Key, salt: 1, new MessageIds(options.Time), framesArePadded: false);
#pragma warning disable CA2012 // each is looked at once, in Results, when it must be complete
        ValueTask<int>[] calls =
        [
            Call(session, new HelpGetConfig()),
            Call(session, new UsersGetUsers { Id = [new InputUserSelf()] }),
            Call(session, new UploadGetFileHashes { Location = new InputTakeoutFileLocation(), Offset = 0 }),
        ];
#pragma warning restore CA2012
        Drain(session);
        var outcome = Receive(session, input);
        session.End(new ConnectionLostException("the input is over"));
        session.Release();
        return outcome with { Detail = outcome.Detail + Results(calls) };
    }

    static ValueTask<int> Call<TResult>(MtSession session, TlMethod<TResult> method) =>
        session.CallAsync(method, new ReadingSink<TResult>(method), CancellationToken.None);

    static FuzzOutcome Receive(MtSession session, byte[] input)
    {
        var received = 0;
        foreach (var part in Parts.Split(input, MostMessages))
        {
            try
            {
                session.OnFrame(Frame(part, FirstId + 1 + (4 * received)));
                Drain(session);
                session.Tick();
            }
            catch (ProtocolViolationException e)
            {
                return new FuzzOutcome(e.Violation.ToString(), e.Message.Length * 16L);
            }
            catch (ConnectionLostException e)
            {
                return new FuzzOutcome(e.GetType().Name);
            }
            received++;
        }
        return new FuzzOutcome("taken", received * 16L);
    }

    // What the server makes us send has an end.
    static void Drain(MtSession session)
    {
        for (var frames = 0; session.Compose() > 0; frames++)
        {
            if (frames == MostFrames)
                throw new FuzzException($"still sending after {MostFrames} frames");
        }
    }

    static long Results(ValueTask<int>[] calls)
    {
        var results = 0;
        foreach (var call in calls)
        {
            if (!call.IsCompleted)
                throw new FuzzException("a call is left behind when the session has ended");
            results <<= 2;
            try
            {
#pragma warning disable VSTHRD002 // it is complete
                call.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
                results |= 1;
            }
            catch (ConnectionLostException) { }
            catch (RpcException)
            {
                results |= 2;
            }
            catch (TlException)
            {
                results |= 3;
            }
        }
        return results;
    }

    static byte[] Frame(byte[] part, long messageId)
    {
        var content = part.AsSpan(1);
        return (part[0] % Ways) switch
        {
            Packed => Encrypt(messageId, Gzip(content)),
            PackedResult => Encrypt(messageId, [.. Result(FirstId, []), .. Gzip(content)]),
            WithHeader => Encrypt(content),
            Ciphertext => [.. new byte[MessageCrypto.Headroom], .. content],
            _ => Encrypt(messageId, content),
        };
    }

    // salt 8, session 8, msg_id 8, seqno 4, length 4, body
    static byte[] Encrypt(long messageId, ReadOnlySpan<byte> body) => Encrypt(WithOuterHeader(messageId, body));

    static byte[] WithOuterHeader(long messageId, ReadOnlySpan<byte> body)
    {
        var length = Math.Max(4, (body.Length + 3) & ~3);
        var plaintext = new byte[HeaderBytes + length];
        BinaryPrimitives.WriteInt64LittleEndian(plaintext.AsSpan(8), SessionId);
        BinaryPrimitives.WriteInt64LittleEndian(plaintext.AsSpan(16), messageId);
        BinaryPrimitives.WriteInt32LittleEndian(plaintext.AsSpan(24), 1);
        BinaryPrimitives.WriteInt32LittleEndian(plaintext.AsSpan(28), length);
        body.CopyTo(plaintext.AsSpan(HeaderBytes));
        return plaintext;
    }

    static byte[] Encrypt(ReadOnlySpan<byte> plaintext)
    {
        var padding = LeastPadding + (-(plaintext.Length + LeastPadding) & 15);
        var frame = new byte[MessageCrypto.PlaintextOffset + plaintext.Length + padding];
        plaintext.CopyTo(frame.AsSpan(MessageCrypto.PlaintextOffset));
        MessageCrypto.Encrypt(frame, Key, MessageDirection.ToClient);
        return frame;
    }

    static byte[] Gzip(ReadOnlySpan<byte> content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(content);
        return ObjectTarget.Write(new GzipPacked { PackedData = packed.ToArray() });
    }

    static byte[] Result(long callId, byte[] result) =>
        ObjectTarget.Write(new RpcResult { ReqMsgId = callId, Result = result });

    static byte[] Filled(int length)
    {
        var bytes = new byte[length];
        new FuzzRandom().Fill(bytes);
        return bytes;
    }

    /// <summary>One of everything a server may say, alone, packed and in a container.</summary>
    static IEnumerable<byte[]> Generated()
    {
        var samples = new TlSamples(seed: 7);
        byte[] Sample(Type type) => ObjectTarget.Write(samples.Make(type, full: false));
        var config = Result(FirstId, Sample(typeof(Config)));
        var error = Result(
            FirstId + 4,
            ObjectTarget.Write(new RpcError { ErrorCode = 420, ErrorMessage = "FLOOD_WAIT_5" })
        );
        var newSession = ObjectTarget.Write(
            new NewSessionCreated
            {
                FirstMsgId = FirstId,
                UniqueId = 1,
                ServerSalt = 2,
            }
        );
        var container = ObjectTarget.Write(
            new MsgContainer
            {
                Messages = [new(FirstId + 5, 1, newSession), new(FirstId + 9, 3, config), new(FirstId + 13, 5, error)],
            }
        );
        yield return [Plain, .. container];
        yield return [Packed, .. config];
        yield return [PackedResult, .. Sample(typeof(Config))];
        yield return [WithHeader, .. WithOuterHeader(FirstId + 1, error)];
        yield return [Ciphertext, .. Encrypt(FirstId + 1, error).AsSpan(MessageCrypto.Headroom)];
        yield return Parts.Join([Plain, .. newSession], [Plain, .. error], [Packed, .. config]);
        // The calls have ids up to FirstId + 8, their container the next, and the first question about them the one after.
        var states = ObjectTarget.Write(new MsgsStateInfo { ReqMsgId = FirstId + 16, Info = [1, 4, 4 + 64] });
        yield return Parts.Join([Plain, .. error], [Plain, .. newSession], [Plain, .. states], [Plain, .. config]);
        yield return Parts.Join([Plain, .. newSession], [Plain, .. newSession], [Plain, .. states]);
        var slow = ObjectTarget.Write(
            new BadMsgNotification
            {
                BadMsgId = FirstId,
                BadMsgSeqno = 1,
                ErrorCode = 16,
            }
        );
        var anHourAhead = FirstId + (3600L << 32);
        var held = ObjectTarget.Write(
            new MsgContainer { Messages = [new(anHourAhead + 1, 1, slow), new(anHourAhead + 5, 1, error)] }
        );
        yield return [WithHeader, .. WithOuterHeader(anHourAhead + 1, slow)];
        yield return [WithHeader, .. WithOuterHeader(anHourAhead + 9, held)];
        var bomb = Gzip(new byte[MostUnpacked / 2]);
        yield return
        [
            Plain,
            .. ObjectTarget.Write(
                new MsgContainer
                {
                    Messages =
                    [
                        .. Enumerable.Range(0, 3).Select(i => new ContainedMessage(FirstId + 5 + (4 * i), 1, bomb)),
                    ],
                }
            ),
        ];
        foreach (var type in TlSamples.Classes.Where(t => t.Namespace == typeof(RpcResult).Namespace))
            yield return [Plain, .. Sample(type)];
        foreach (var code in new[] { 16, 17, 18, 19, 20, 32, 33, 34, 35, 48, 64, 65 })
        {
            var notice = new BadMsgNotification
            {
                BadMsgId = FirstId + 12,
                BadMsgSeqno = 0,
                ErrorCode = code,
            };
            yield return [Plain, .. ObjectTarget.Write(notice)];
        }
    }
}
