using Fleet.MtProto;
using Fleet.Tl;
using Fleet.Tl.Api;

namespace Fleet.Telegram;

/// <summary>Copies the bytes of one upload.file from the decrypted frame to their place in the window, after checking that
/// they are exactly as many as the file's size demands. One sink serves every try of one part: the first answer is taken. A
/// connection hands over no answer to a call that has ended, so nothing is written once all tries have.</summary>
sealed class PartSink : IReplySink
{
    readonly Lock _lock = new();
    byte[] _block = [];
    int _length;
    bool _taken;

    /// <summary>Whether the bytes are there.</summary>
    public bool IsTaken
    {
        get
        {
            lock (_lock)
                return _taken;
        }
    }

    /// <summary>Makes ready for <paramref name="length"/> bytes, into the front of <paramref name="block"/>.</summary>
    public void Begin(byte[] block, int length)
    {
        lock (_lock)
            (_block, _length, _taken) = (block, length, false);
    }

    /// <inheritdoc/>
    /// <returns>Bytes taken; 0 when another answer was first.</returns>
    /// <exception cref="MediaException">part_length, cdn_redirect.</exception>
    /// <exception cref="TlException">The answer is not an upload.File.</exception>
    public int OnReply(ReadOnlySpan<byte> reply)
    {
        var reader = new TlReader(reply);
        var type = reader.ReadUInt32();
        if (type == UploadFileCdnRedirect.TlId)
        {
            throw new MediaException(
                MediaErrors.CdnRedirect,
                "Telegram wants this file to be read from a CDN, which is not supported.",
                Remedy.None
            );
        }
        if (type != UploadFile.TlId)
            throw new TlException(TlFault.UnknownConstructor, $"0x{type:x8} is not an upload.File");
        reader.ReadUInt32(); // storage.FileType: a constructor without fields
        reader.ReadInt32(); // mtime
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
}
