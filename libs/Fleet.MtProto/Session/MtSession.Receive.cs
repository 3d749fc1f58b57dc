using Fleet.MtProto.Crypto;
using Fleet.MtProto.Transport;
using Fleet.Tl;
using Fleet.Tl.Mtp;

namespace Fleet.MtProto.Session;

/// <summary>Where an incoming message came from, which limits what it may be.</summary>
enum Nesting
{
    Outermost,
    InContainer,
    Unpacked,

    /// <summary>Not of this time: nothing of it counts but that our clock is wrong.</summary>
    Untimely,
    InUntimely,
}

sealed partial class MtSession
{
    // salt 8, session 8, msg_id 8, seqno 4, length 4
    const int MessageHeaderBytes = 32;
    const int LeastPadding = 12;
    const int MostPadding = 1024;

    /// <summary>Takes one frame: decrypts it in place, checks it, acts on it.</summary>
    /// <param name="frame">Headroom and payload; overwritten. Borrowed until the method returns.</param>
    /// <exception cref="ConnectionLostException">The frame ends the connection.</exception>
    public void OnFrame(Span<byte> frame) =>
        OnDecrypted(MessageCrypto.Decrypt(frame[..MessageEnd(frame)], _key, MessageDirection.ToClient));

    /// <summary>Takes the plaintext of one frame, whose msg_key was right.</summary>
    /// <param name="plaintext">Borrowed until the method returns.</param>
    /// <exception cref="ConnectionLostException">The frame ends the connection.</exception>
    public void OnDecrypted(ReadOnlySpan<byte> plaintext)
    {
        _lastReceived = _time.GetTimestamp();
        try
        {
            OnPlaintext(plaintext);
        }
        catch (TlException e)
        {
            throw new ProtocolViolationException(Violation.Content, e.Message, e);
        }
    }

    /// <summary>Where the encrypted message of <paramref name="frame"/> ends: before what the transport has added.</summary>
    /// <exception cref="ConnectionLostException">The frame is no message but a transport error.</exception>
    public int MessageEnd(ReadOnlySpan<byte> frame)
    {
        var encrypted = frame.Length - MessageCrypto.PlaintextOffset;
        if (encrypted >= AesIge.BlockBytes)
            return frame.Length - (_framesArePadded ? encrypted % AesIge.BlockBytes : 0);

        throw TransportError.Read(frame[MessageCrypto.Headroom..], _framesArePadded);
    }

    void OnPlaintext(ReadOnlySpan<byte> plaintext)
    {
        AllowUnpacking();
        if (plaintext.Length < MessageHeaderBytes)
            throw new ProtocolViolationException(Violation.MessageLength, $"{plaintext.Length} bytes decrypted");
        var header = new TlReader(plaintext);
        header.ReadInt64(); // the salt is of no use to a client
        var sessionId = header.ReadInt64();
        var messageId = header.ReadInt64();
        var seqNo = header.ReadInt32();
        var length = header.ReadInt32();
        var padding = header.Remaining - length;
        if (length < 4 || length % 4 != 0 || padding is < LeastPadding or > MostPadding)
            throw new ProtocolViolationException(Violation.MessageLength, $"{length} with {padding} of padding");
        if (sessionId != _sessionId)
        {
            if (sessionId == _previousSessionId)
                return;
            throw new ProtocolViolationException(Violation.SessionId, "not the session of this connection");
        }
        OnMessage(messageId, seqNo, header.ReadRaw(length), Nesting.Outermost);
        if (sessionId != _sessionId)
            ForgetAcks();
    }

    // The message ended its session: nothing of that is to be acknowledged in the new one.
    void ForgetAcks()
    {
        lock (_gate)
            _acks.Clear();
    }

    void OnMessage(long messageId, int seqNo, ReadOnlySpan<byte> body, Nesting nesting)
    {
        if ((messageId & 1) == 0)
            throw new ProtocolViolationException(Violation.MessageIdParity, "an even id from the server");
        lock (_gate)
        {
            if (nesting == Nesting.Outermost && !IsTimely_NeedsLock(messageId))
                nesting = Nesting.Untimely;
            if ((nesting is Nesting.Untimely or Nesting.InUntimely) && !MayCorrectClock(body))
                return;
            // A repeated message was not acknowledged in time: acknowledge again, act once.
            if ((seqNo & 1) != 0)
                Acknowledge_NeedsLock(messageId);
            if (!_received.TryAdd(messageId))
                return;
        }
        Dispatch(messageId, body, nesting);
    }

    void Acknowledge_NeedsLock(long messageId)
    {
        _acks.Add(messageId, _time.GetTimestamp());
        if (_acks.IsFull)
            Signal();
    }

    // The session id is fresh and random, so the first message that bears it cannot be an old one: it sets the clock.
    bool IsTimely_NeedsLock(long messageId)
    {
        if (!_ids.IsSynchronized)
            _ids.Synchronize(messageId);
        if (_ids.IsTimely(messageId))
            return true;
        Log.UntimelyMessage(_log, _ids.ServerNow);
        return false;
    }

    void Dispatch(long messageId, ReadOnlySpan<byte> body, Nesting nesting)
    {
        var id = BinaryPrimitives.ReadUInt32LittleEndian(body);
        switch (id)
        {
            case RpcResult.TlId:
                OnRpcResult(body);
                break;
            case MsgContainer.TlId:
                OnContainer(body, nesting);
                break;
            case GzipPacked.TlId:
                OnPacked(messageId, body, nesting);
                break;
            case BadMsgNotification.TlId:
                OnBadMessage(messageId, Read<BadMsgNotification>(body));
                break;
            case BadServerSalt.TlId:
                OnBadServerSalt(Read<BadServerSalt>(body));
                break;
            case NewSessionCreated.TlId:
                OnNewSession(Read<NewSessionCreated>(body));
                break;
            case FutureSalts.TlId:
                OnFutureSalts(Read<FutureSalts>(body));
                break;
            case MsgsStateReq.TlId:
                OnStateRequest(messageId, Read<MsgsStateReq>(body));
                break;
            case MsgResendReq.TlId:
                OnResendRequest(messageId, Read<MsgResendReq>(body));
                break;
            case MsgsStateInfo.TlId:
                OnStateInfo(Read<MsgsStateInfo>(body));
                break;
            case MsgDetailedInfo.TlId:
                OnDetailedInfo(Read<MsgDetailedInfo>(body));
                break;
            case MsgNewDetailedInfo.TlId:
                OnDetailedInfo(Read<MsgNewDetailedInfo>(body));
                break;
            case Pong.TlId:
                OnPong(Read<Pong>(body));
                break;
            case MsgsAck.TlId:
            case MsgsAllInfo.TlId:
            case DestroySessionOk.TlId:
            case DestroySessionNone.TlId:
                break;
            default:
                if (_options.OnUpdate is { } tell)
                    tell(body);
                else
                    Log.UnknownMessage(_log, id);
                break;
        }
    }

    static T Read<T>(ReadOnlySpan<byte> body)
        where T : TlObject
    {
        var reader = new TlReader(body);
        return (T)reader.ReadObject();
    }
}
