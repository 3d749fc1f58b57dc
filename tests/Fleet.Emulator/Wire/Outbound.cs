using Fleet.Emulator.Worlds;

namespace Fleet.Emulator.Wire;

/// <summary>One message to send. Made when its request is handled, numbered and encrypted when its turn comes.</summary>
abstract class Outbound(Session session)
{
    public Session Session => session;

    /// <summary>Answers have ids 1 mod 4, everything else 3 mod 4.</summary>
    public bool IsAnswer { get; init; } = true;

    public bool ContentRelated { get; init; } = true;

    /// <summary>Timestamp of the time provider before which it must not leave; 0 = at once.</summary>
    public long NotBefore { get; init; }

    /// <summary>Message id of the request it answers; 0 when it answers none.</summary>
    public long RequestId { get; init; }

    /// <summary>Set by rpc_drop_answer: the client no longer wants it.</summary>
    public volatile bool Dropped;

    public FrameFault Fault { get; init; }

    /// <summary>Id and sequence number, if it got them before its turn.</summary>
    public (long MessageId, int SeqNo)? Number { get; set; }
}

/// <summary>A message whose bytes exist already (constructor id first).</summary>
sealed class SmallMessage(Session session, byte[] body) : Outbound(session)
{
    public byte[] Body => body;
}

/// <summary>An upload.file or upload.cdnFile whose content is made or read straight into the frame: no copy, no memory while it waits.</summary>
sealed class PartMessage(Session session, FileContent content, long offset, int length) : Outbound(session)
{
    /// <summary>rpc_result 4 + req_msg_id 8 + upload.file 4 + storage.FileType 4 + mtime 4 + length 4, and up to 3 of padding.</summary>
    public const int MaxOverhead = 31;

    public FileContent Content => content;
    public long Offset => offset;

    /// <summary>0 to 1 MiB.</summary>
    public int Length => length;

    /// <summary>True for upload.cdnFile.</summary>
    public bool IsCdn { get; init; }

    public bool FlipBit { get; init; }
}

/// <summary>Damage done to a frame on its way out.</summary>
enum FrameFault
{
    None,

    /// <summary>Random bytes in place of the ciphertext.</summary>
    Garbage,

    /// <summary>Half of the frame, then a reset.</summary>
    CutOff,

    /// <summary>The frame is sent twice.</summary>
    Twice,

    /// <summary>The message is numbered at its turn and sent behind the next one.</summary>
    Overtaken,
}
