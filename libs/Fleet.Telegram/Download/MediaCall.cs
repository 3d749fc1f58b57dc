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

/// <summary>upload.getFile, or of a CDN upload.getCdnFile: one part, into a block. Used again for the next part.</summary>
sealed class PartCall : MediaCall
{
    readonly PartSink _sink = new();
    PartCall? _onCdn;
    byte[]? _fileToken;

    public override string Method => _fileToken is null ? "upload.getFile" : "upload.getCdnFile";

    public Part Part { get; private set; }

    /// <summary>Where its bytes go.</summary>
    public byte[] Block { get; private set; } = [];

    /// <summary>Whether the answer may be a redirect to a CDN.</summary>
    public bool CdnSupported { get; set; }

    /// <summary>Whether the part is asked for at a CDN now. No hedge may begin.</summary>
    public bool IsOnCdn { get; private set; }

    /// <summary>Whether the answer is the bytes.</summary>
    public bool HasBytes => _sink.IsTaken && _sink.Detour is null;

    /// <summary>The answer in place of the bytes; null when it is the bytes.</summary>
    public TlObject? Detour => _sink.Detour;

    public override int Bytes => Part.Limit;

    public override IReplySink Sink => _sink;

    public override bool IsAnswered => _sink.IsTaken;

    /// <summary>Makes ready for a part. No try is under way.</summary>
    public void Begin(Part part, byte[] block)
    {
        (Part, Block, IsOnCdn) = (part, block, false);
        _sink.Begin(block, part.Length, isCdn: _fileToken is not null);
    }

    /// <summary>Makes ready for the same part once more. No try is under way.</summary>
    public void BeginAgain() => Begin(Part, Block);

    /// <summary>The call for the same part to a CDN, begun: another object, so that a hedge's late answer to this one is not taken for
    /// an answer to that.</summary>
    public PartCall OnCdn(byte[] fileToken)
    {
        IsOnCdn = true;
        _onCdn ??= new PartCall();
        _onCdn._fileToken = fileToken;
        _onCdn.Begin(Part, Block);
        return _onCdn;
    }

    public override TlObject For(InputFileLocationBase location) =>
        _fileToken is null
            ? new UploadGetFile
            {
                Precise = Part.Precise,
                CdnSupported = CdnSupported,
                Location = location,
                Offset = Part.Offset,
                Limit = Part.Limit,
            }
            : new UploadGetCdnFile
            {
                FileToken = _fileToken,
                Offset = Part.Offset,
                Limit = Part.Limit,
            };
}

/// <summary>upload.getFileHashes: the windows from an offset on, as many as the server likes to give.</summary>
sealed class HashesCall(long offset) : HashListCall
{
    public override string Method => "upload.getFileHashes";

    public override TlObject For(InputFileLocationBase location) =>
        new UploadGetFileHashes { Location = location, Offset = offset };
}

/// <summary>A call that is answered with hash windows.</summary>
abstract class HashListCall : MediaCall, IReplySink
{
    FileHash[]? _answer;

    /// <summary>The answer; empty while there is none.</summary>
    public FileHash[] Answer => _answer ?? [];

    public override int Bytes => 0;

    public override IReplySink Sink => this;

    public override bool IsAnswered => _answer is not null;

    int IReplySink.OnReply(ReadOnlySpan<byte> reply)
    {
        var reader = new TlReader(reply);
        _answer = reader.ReadVector(FileHash.Read);
        reader.ExpectEnd();
        return reply.Length;
    }
}
