namespace Fleet.Media;

/// <summary>Reads what a process writes to the end, and keeps only so much: the process never blocks, memory never grows.</summary>
static class BoundedText
{
    /// <summary>Kept of an error stream; the reason is in the first lines.</summary>
    public const int ErrorBytes = 16 << 10;

    public static async Task<ReadOnlyMemory<byte>> ReadAsync(Stream stream, int maxBytes, CancellationToken ct)
    {
        var kept = new MemoryStream();
        var buffer = new byte[8 << 10];
        int read;
        while ((read = await stream.ReadAsync(buffer, ct)) > 0)
            await kept.WriteAsync(buffer.AsMemory(0, (int)Math.Min(read, maxBytes - kept.Length)), ct);
        return kept.GetBuffer().AsMemory(0, (int)kept.Length);
    }
}
