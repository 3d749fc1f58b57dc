using System.Runtime.InteropServices;
using Fleet.MtProto.Crypto;
using Fleet.MtProto.Transport;
using Fleet.Tl;
using Fleet.Tl.Methods;
using Fleet.Tl.Mtp;

namespace Fleet.MtProto.Session;

sealed partial class MtSession
{
    // TDLib sends at most this much in one container.
    const int MaxContainerMessages = 100;
    const int MaxContainerBytes = 32_768;
    const int MaxServiceMessages = 64;
    const int MaxIdsAtOnce = 1024;

    // A constructor and the head of a vector, or rpc_drop_answer.
    const int SmallMessageBytes = 12;

    // Shorter calls are not worth packing; those for parts of files stay below.
    const int PackFrom = 1024;
    const int MessageHeadBytes = 16; // in a container: msg_id 8, seqno 4, length 4
    const int OuterHeaderBytes = MessageCrypto.PlaintextOffset + MessageHeaderBytes;

    readonly Queue<byte[]> _service = new();
    readonly List<Outgoing> _batch = [];
    readonly TlWriter _frame = new(4096);
    int _room;

    /// <summary>Makes one encrypted frame of what waits to be sent, with its headroom and room behind it.</summary>
    /// <returns>Length of the payload within <see cref="ComposedFrame"/>; 0 when nothing waits.</returns>
    public int Compose()
    {
        int length;
        lock (_gate)
        {
            if (_end is not null)
                return 0;
            Collect_NeedsLock();
            if (_batch.Count == 0)
                return 0;
            Write_NeedsLock();
            length = _frame.Length;
        }
        MessageCrypto.Encrypt(_frame.WrittenSpan, _key, MessageDirection.ToServer);
        _frame.WriteRaw(stackalloc byte[FrameCodec.TailRoom]);
        return length - MessageCrypto.Headroom;
    }

    /// <summary>The frame last composed; valid until the next.</summary>
    public Memory<byte> ComposedFrame => _frame.WrittenMemory;

    /// <summary>Gives the frame's buffer back; nothing is composed after it.</summary>
    public void Release() => _frame.Dispose();

    // Service messages are rare and small; if the server makes us write more than are sent, the newest are left out.
    void SendService_NeedsLock(TlObject message)
    {
        if (_service.Count < MaxServiceMessages)
            _service.Enqueue(Serialize(message));
    }

    void Collect_NeedsLock()
    {
        _batch.Clear();
        if (!_pinged && _queue.Count > 0)
            Ping_NeedsLock(_time.GetTimestamp());
        // Acknowledgments travel with whatever goes out, and alone only when they are due; their room is kept.
        var acks = Math.Min(_acks.Count, MaxIdsAtOnce);
        _room = MaxContainerBytes - (acks > 0 ? BytesOf(acks) : 0);
        while (_service.TryPeek(out var service) && TryAdd(new(OutgoingKind.Service, Service: service), service.Length))
            _service.Dequeue();
        while (_drops.TryPeek(out var id) && TryAdd(new(OutgoingKind.Drop, CallId: id), SmallMessageBytes))
            _drops.Dequeue();
        if (_asks && TryAdd(new(OutgoingKind.StateRequest), BytesOf(_asked.Count)))
            _asks = false;
        while (_queue.TryPeek(out var call) && !(call.Alone && _batch.Count > 0))
        {
            if (!TryAdd(new(OutgoingKind.Call, call), call.Body.Length + _introduction.Length))
                break;
            _queue.Dequeue();
            if (call.Alone)
                return;
        }
        if (acks > 0 && (_batch.Count > 0 || _acks.IsDue(_time, _time.GetTimestamp())))
            _batch.Add(new(OutgoingKind.Acks));
    }

    // The first always fits: what is longer than a container should be goes alone.
    bool TryAdd(Outgoing outgoing, int bytes)
    {
        _room -= MessageHeadBytes + bytes;
        if (_batch.Count > 0 && (_batch.Count >= MaxContainerMessages || _room < 0))
            return false;
        _batch.Add(outgoing);
        return true;
    }

    static int BytesOf(int ids) => SmallMessageBytes + (8 * ids);

    void Write_NeedsLock()
    {
        _frame.Reset();
        Span<byte> header = stackalloc byte[OuterHeaderBytes];
        header.Clear();
        _frame.WriteRaw(header);
        var (id, seqNo) = _batch.Count == 1 ? WriteMessage_NeedsLock(_batch[0]) : WriteContainer_NeedsLock();
        var length = _frame.Length - OuterHeaderBytes;
        WritePadding(MessageHeaderBytes + length);

        var outer = _frame.WrittenSpan[MessageCrypto.PlaintextOffset..];
        BinaryPrimitives.WriteInt64LittleEndian(outer, _salts.At(_ids.ServerNow));
        BinaryPrimitives.WriteInt64LittleEndian(outer[8..], _sessionId);
        BinaryPrimitives.WriteInt64LittleEndian(outer[16..], id);
        BinaryPrimitives.WriteInt32LittleEndian(outer[24..], seqNo);
        BinaryPrimitives.WriteInt32LittleEndian(outer[28..], length);
    }

    (long Id, int SeqNo) WriteContainer_NeedsLock()
    {
        _frame.WriteUInt32(MsgContainer.TlId);
        _frame.WriteInt32(_batch.Count);
        foreach (var outgoing in _batch)
        {
            var head = _frame.Length;
            _frame.WriteInt64(0);
            _frame.WriteInt64(0);
            var start = _frame.Length;
            var (id, seqNo) = WriteMessage_NeedsLock(outgoing);
            var length = _frame.Length - start;
            var inner = _frame.WrittenSpan[head..];
            BinaryPrimitives.WriteInt64LittleEndian(inner, id);
            BinaryPrimitives.WriteInt32LittleEndian(inner[8..], seqNo);
            BinaryPrimitives.WriteInt32LittleEndian(inner[12..], length);
        }
        var containerId = _ids.Next();
        foreach (var outgoing in _batch)
        {
            if (outgoing.Call is not null)
                outgoing.Call.ContainerId = containerId;
        }
        return (containerId, NextSeqNo_NeedsLock(isContent: false));
    }

    (long Id, int SeqNo) WriteMessage_NeedsLock(Outgoing outgoing)
    {
        var id = _ids.Next();
        switch (outgoing.Kind)
        {
            case OutgoingKind.Call:
                WriteCall_NeedsLock(outgoing.Call!, id);
                break;
            case OutgoingKind.Service:
                WriteService_NeedsLock(outgoing.Service!, id);
                break;
            case OutgoingKind.Drop:
                _frame.WriteUInt32(RpcDropAnswer.TlId);
                _frame.WriteInt64(outgoing.CallId);
                break;
            case OutgoingKind.StateRequest:
                WriteStateRequest_NeedsLock(id);
                break;
            case OutgoingKind.Acks:
                WriteAcks_NeedsLock();
                break;
        }
        return (id, NextSeqNo_NeedsLock(isContent: outgoing.Kind == OutgoingKind.Call));
    }

    void WriteCall_NeedsLock(PendingCall call, long id)
    {
        var start = _frame.Length;
        // Wrapped until one wrapped call was answered: the server need not take up messages in order.
        if (!_introduced)
            _frame.WriteRaw(_introduction);
        if (_options.WithoutUpdates)
            _frame.WriteUInt32(InvokeWithoutUpdates.TlId);
        _frame.WriteRaw(call.Body.WrittenSpan);
        if (_frame.Length - start >= PackFrom)
            Packer.PackFrom(_frame, start);
        MarkSent_NeedsLock(call, id, introduces: !_introduced);
    }

    void WriteService_NeedsLock(byte[] service, long id)
    {
        _frame.WriteRaw(service);
        if (BinaryPrimitives.ReadUInt32LittleEndian(service) is PingDelayDisconnect.TlId or GetFutureSalts.TlId)
            (_probeId, _probeSent) = (id, _time.GetTimestamp());
    }

    void WriteAcks_NeedsLock()
    {
        var ids = _acks.Waiting;
        ids = ids[..Math.Min(ids.Length, MaxIdsAtOnce)];
        _frame.WriteUInt32(MsgsAck.TlId);
        _frame.WriteVector(ids);
        _acks.Remove(ids.Length);
    }

    // At least 12 bytes, up to whole AES blocks.
    void WritePadding(int length)
    {
        Span<byte> padding = stackalloc byte[LeastPadding + AesIge.BlockBytes];
        padding = padding[..(LeastPadding + (-(length + LeastPadding) & (AesIge.BlockBytes - 1)))];
        _options.Random(padding);
        _frame.WriteRaw(padding);
    }

    // Twice the number of content messages before this one, plus one if this is one too.
    int NextSeqNo_NeedsLock(bool isContent) => isContent ? (2 * _contentCount++) + 1 : 2 * _contentCount;

    enum OutgoingKind
    {
        Call,
        Service,
        Drop,
        StateRequest,
        Acks,
    }

    /// <summary>One message to write, with what its kind needs.</summary>
    [StructLayout(LayoutKind.Auto)]
    readonly record struct Outgoing(
        OutgoingKind Kind,
        PendingCall? Call = null,
        byte[]? Service = null,
        long CallId = 0
    );
}
