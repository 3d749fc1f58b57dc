using Fleet.MtProto;
using Fleet.Tl;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.Telegram;

/// <summary>A call about a document that is tried until it succeeds. One object serves all tries.</summary>
abstract class MediaCall
{
    /// <summary>TL name.</summary>
    public abstract string Method { get; }

    /// <summary>Bytes of the file in the answer; 0 when the answer is no part.</summary>
    public abstract int Bytes { get; }

    /// <summary>The call for the document as it can be read now.</summary>
    public abstract TlObject For(InputDocumentFileLocation location);

    /// <summary>Takes the answer to one try.</summary>
    public abstract TrySink NewSink();
}

/// <summary>Takes the answer to one try.</summary>
abstract class TrySink : IReplySink
{
    /// <inheritdoc/>
    public abstract int OnReply(ReadOnlySpan<byte> reply);

    /// <summary>The try is over: when this returns, no answer is taken any more.</summary>
    public virtual void Close() { }
}

/// <summary>upload.getFile: one part, into a block.</summary>
sealed class PartCall(Part part, byte[] block) : MediaCall
{
    public override string Method => "upload.getFile";

    public override int Bytes => part.Limit;

    public override TlObject For(InputDocumentFileLocation location) =>
        new UploadGetFile
        {
            Location = location,
            Offset = part.Offset,
            Limit = part.Limit,
        };

    public override TrySink NewSink() => new PartSink(block, part.Length);
}

/// <summary>upload.getFileHashes: the windows from an offset on, as many as the server likes to give.</summary>
sealed class HashesCall(long offset) : MediaCall
{
    /// <summary>The answer, once there is one.</summary>
    public FileHash[] Answer { get; set; } = [];

    public override string Method => "upload.getFileHashes";

    public override int Bytes => 0;

    public override TlObject For(InputDocumentFileLocation location) => Query(location);

    public override TrySink NewSink() => new Sink(this);

    UploadGetFileHashes Query(InputDocumentFileLocation location) => new() { Location = location, Offset = offset };

    sealed class Sink(HashesCall call) : TrySink
    {
        public override int OnReply(ReadOnlySpan<byte> reply)
        {
            var reader = new TlReader(reply);
            call.Answer = reader.ReadVector(FileHash.Read);
            reader.ExpectEnd();
            return reply.Length;
        }
    }
}
