using Fleet.MtProto;
using Fleet.Tl;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.Telegram;

/// <summary>A call about a document that is tried until it succeeds. One object serves all tries, at most two of them at once.</summary>
abstract class MediaCall
{
    /// <summary>TL name.</summary>
    public abstract string Method { get; }

    /// <summary>Bytes of the file in the answer; 0 when the answer is no part.</summary>
    public abstract int Bytes { get; }

    /// <summary>The call for the file as it can be read now.</summary>
    public abstract TlObject For(InputFileLocationBase location);

    /// <summary>Takes the answers to the tries; the first is enough.</summary>
    public abstract IReplySink Sink { get; }

    /// <summary>Whether an answer was taken.</summary>
    public abstract bool IsAnswered { get; }
}

/// <summary>upload.getFile: one part, into a block. Used again for the next part.</summary>
sealed class PartCall : MediaCall
{
    readonly PartSink _sink = new();
    Part _part;

    public override string Method => "upload.getFile";

    public override int Bytes => _part.Limit;

    public override IReplySink Sink => _sink;

    public override bool IsAnswered => _sink.IsTaken;

    /// <summary>Makes ready for a part, or for the same part once more. No try is under way.</summary>
    public void Begin(Part part, byte[] block)
    {
        _part = part;
        _sink.Begin(block, part.Length);
    }

    public override TlObject For(InputFileLocationBase location) =>
        new UploadGetFile
        {
            Precise = _part.Precise,
            Location = location,
            Offset = _part.Offset,
            Limit = _part.Limit,
        };
}

/// <summary>upload.getFileHashes: the windows from an offset on, as many as the server likes to give.</summary>
sealed class HashesCall(long offset) : MediaCall, IReplySink
{
    FileHash[]? _answer;

    /// <summary>The answer; empty while there is none.</summary>
    public FileHash[] Answer => _answer ?? [];

    public override string Method => "upload.getFileHashes";

    public override int Bytes => 0;

    public override IReplySink Sink => this;

    public override bool IsAnswered => _answer is not null;

    public override TlObject For(InputFileLocationBase location) =>
        new UploadGetFileHashes { Location = location, Offset = offset };

    int IReplySink.OnReply(ReadOnlySpan<byte> reply)
    {
        var reader = new TlReader(reply);
        _answer = reader.ReadVector(FileHash.Read);
        reader.ExpectEnd();
        return reply.Length;
    }
}
