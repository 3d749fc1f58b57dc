using Fleet.Tl;
using Fleet.Tl.Api;

namespace Fleet.Telegram;

/// <summary>Copies the bytes of one upload.file from the decrypted frame to their place in the window, after checking that
/// they are exactly as many as the file's size demands. One sink serves one try.</summary>
sealed class PartSink(byte[] block, int length) : TrySink
{
    readonly Lock _lock = new();
    bool _closed;

    /// <summary>Gives up the block: returns when no copy is under way, and no later answer is copied. Without it an
    /// answer that comes after a cancellation would write into memory that somebody else rents by now.</summary>
    public override void Close()
    {
        lock (_lock)
            _closed = true;
    }

    /// <inheritdoc/>
    /// <exception cref="MediaException">part_length, cdn_redirect.</exception>
    /// <exception cref="TlException">The answer is not an upload.File.</exception>
    public override int OnReply(ReadOnlySpan<byte> reply)
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
        if (bytes.Length != length)
        {
            throw new MediaException(
                MediaErrors.PartLength,
                $"A part has {bytes.Length} bytes where the file's size demands {length}.",
                Remedy.Later
            );
        }
        lock (_lock)
        {
            if (_closed)
                return 0;
            bytes.CopyTo(block);
        }
        return length;
    }
}
