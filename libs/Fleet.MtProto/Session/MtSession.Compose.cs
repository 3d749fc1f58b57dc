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
    const int MaxAcksAtOnce = 1024;
    const int OuterHeaderBytes = MessageCrypto.PlaintextOffset + MessageHeaderBytes;

    readonly Queue<byte[]> _service = new();
    readonly List<Outgoing> _batch = [];
    readonly TlWriter _frame = new(4096);

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
        var bytes = 0;
        while (_batch.Count < MaxContainerMessages && bytes < MaxContainerBytes && _service.TryDequeue(out var service))
        {
            _batch.Add(new Outgoing(null, service));
            bytes += service.Length;
        }
        while (_batch.Count < MaxContainerMessages && bytes < MaxContainerBytes && _queue.TryPeek(out var call))
        {
            if (call.State == CallState.Queued)
            {
                if (call.Alone && _batch.Count > 0)
                    return;
                _batch.Add(new Outgoing(call, null));
                bytes += call.Body.Length + _introduction.Length;
            }
            _queue.Dequeue();
            if (call is { State: CallState.Queued, Alone: true })
                return;
        }
        // Acknowledgments travel with whatever goes out, and alone only when they are due.
        if (_acks.Count > 0 && (_batch.Count > 0 || _acks.IsDue(_time, _time.GetTimestamp())))
            _batch.Add(default);
    }

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
        if (outgoing.Call is { } call)
        {
            WriteCall_NeedsLock(call, id);
            return (id, NextSeqNo_NeedsLock(isContent: true));
        }
        if (outgoing.Service is not null)
            _frame.WriteRaw(outgoing.Service);
        else
            WriteAcks_NeedsLock();
        return (id, NextSeqNo_NeedsLock(isContent: false));
    }

    void WriteCall_NeedsLock(PendingCall call, long id)
    {
        // Wrapped until one wrapped call was answered: the server need not take up messages in order.
        if (!_introduced)
            _frame.WriteRaw(_introduction);
        if (_options.WithoutUpdates)
            _frame.WriteUInt32(InvokeWithoutUpdates.TlId);
        _frame.WriteRaw(call.Body.WrittenSpan);
        MarkSent_NeedsLock(call, id, introduces: !_introduced);
    }

    void WriteAcks_NeedsLock()
    {
        _frame.WriteUInt32(MsgsAck.TlId);
        var ids = _acks.Waiting;
        _frame.WriteVector(ids[..Math.Min(ids.Length, MaxAcksAtOnce)]);
        _acks.Remove(Math.Min(ids.Length, MaxAcksAtOnce));
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

    /// <summary>A call, or a serialized service message, or (neither) the acknowledgments.</summary>
    [StructLayout(LayoutKind.Auto)]
    readonly record struct Outgoing(PendingCall? Call, byte[]? Service);
}
