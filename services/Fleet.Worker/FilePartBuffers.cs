using System.Threading.Channels;
using Fleet.Storage;

namespace Fleet.Worker;

/// <summary>A fixed number of buffers of one part each, for uploads of local files. Shared by every job of the process.</summary>
sealed class FilePartBuffers
{
    /// <summary>The part size of every file below 72 GB.</summary>
    public const int BufferBytes = (int)PartPolicy.MinBytes;

    readonly Channel<byte[]?> _free;

    /// <summary>Allocates nothing yet: a buffer comes into being when it is first rented.</summary>
    public FilePartBuffers(int count)
    {
        _free = Channel.CreateBounded<byte[]?>(count);
        for (var i = 0; i < count; i++)
            _free.Writer.TryWrite(null);
    }

    public async ValueTask<byte[]> RentAsync(CancellationToken ct) =>
        await _free.Reader.ReadAsync(ct) ?? new byte[BufferBytes];

    public void Return(byte[] buffer) => _free.Writer.TryWrite(buffer);
}
