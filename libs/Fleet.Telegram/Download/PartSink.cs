using Fleet.MtProto;
using Fleet.Tl;
using Fleet.Tl.Api;

namespace Fleet.Telegram;

/// <summary>Copies the bytes of one upload.file, or upload.cdnFile, from the decrypted frame to their place in the window, after
/// checking that they are exactly as many as the file's size demands. One sink serves every try of one part: the first answer is taken. A
/// connection hands over no answer to a call that has ended, so nothing is written once all tries have.</summary>
sealed class PartSink : IReplySink
{
    readonly Lock _lock = new();
    byte[] _block = [];
    int _length;
    bool _isCdn;
    bool _taken;
    TlObject? _detour;

    /// <summary>Whether the bytes are there, or a <see cref="Detour"/>.</summary>
    public bool IsTaken
    {
        get
        {
            lock (_lock)
                return _taken;
        }
    }

    /// <summary>The answer in place of the bytes: upload.fileCdnRedirect, or of a CDN upload.cdnFileReuploadNeeded.</summary>
    public TlObject? Detour
    {
        get
        {
            lock (_lock)
                return _detour;
        }
    }

    /// <summary>Makes ready for <paramref name="length"/> bytes, into the front of <paramref name="block"/>.</summary>
    public void Begin(byte[] block, int length, bool isCdn = false)
    {
        lock (_lock)
            (_block, _length, _isCdn, _taken, _detour) = (block, length, isCdn, false, null);
    }

    /// <inheritdoc/>
    /// <returns>Bytes taken; 0 when another answer was first, and of a detour.</returns>
    /// <exception cref="MediaException">part_length.</exception>
    /// <exception cref="TlException">The answer is no part of a file.</exception>
    public int OnReply(ReadOnlySpan<byte> reply)
    {
        var reader = new TlReader(reply);
        switch (reader.ReadUInt32())
        {
            case UploadFile.TlId when !_isCdn:
                reader.ReadUInt32(); // storage.FileType: a constructor without fields
                reader.ReadInt32(); // mtime
                break;
            case UploadCdnFile.TlId when _isCdn:
                break;
            case UploadFileCdnRedirect.TlId when !_isCdn:
                return TakeDetour(Whole(reply, UploadFileBase.Read));
            case UploadCdnFileReuploadNeeded.TlId when _isCdn:
                return TakeDetour(Whole(reply, UploadCdnFileBase.Read));
            case var type:
                throw new TlException(TlFault.UnknownConstructor, $"0x{type:x8} is no part of a file");
        }
        var bytes = reader.ReadBytesSpan();
        reader.ExpectEnd();
        if (bytes.Length != _length)
        {
            throw new MediaException(
                MediaErrors.PartLength,
                $"A part has {bytes.Length} bytes where the file's size demands {_length}.",
                Remedy.Later
            );
        }
        lock (_lock)
        {
            if (_taken)
                return 0;
            bytes.CopyTo(_block);
            _taken = true;
        }
        return _length;
    }

    int TakeDetour(TlObject answer)
    {
        lock (_lock)
        {
            if (!_taken)
                (_detour, _taken) = (answer, true);
        }
        return 0;
    }

    static TlObject Whole(ReadOnlySpan<byte> reply, TlRead<TlObject> read)
    {
        var reader = new TlReader(reply);
        var answer = read(ref reader);
        reader.ExpectEnd();
        return answer;
    }
}
