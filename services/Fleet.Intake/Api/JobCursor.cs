using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Fleet.Jobs;
using Fleet.Jobs.Rows;

namespace Fleet.Intake.Api;

/// <summary>
/// A place in a list of jobs as opaque text: creation time, id and a hash of the filter, base64url. It only moves
/// within the caller's own jobs, so it needs no signature.
/// </summary>
static class JobCursor
{
    const int Length = 8 + 16 + 4;

    /// <summary>The cursor behind a job.</summary>
    public static string Of(Job job, IReadOnlyCollection<JobStatus> filter)
    {
        Span<byte> bytes = stackalloc byte[Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, job.CreatedAt.UtcTicks);
        job.Id.TryWriteBytes(bytes[8..], bigEndian: true, out _);
        HashOf(filter).CopyTo(bytes[24..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>The place, or null when the text is no cursor of a list with this filter.</summary>
    public static JobPosition? ParseOrNull(string text, IReadOnlyCollection<JobStatus> filter)
    {
        Span<byte> bytes = stackalloc byte[Length];
        if (
            text.Length != Base64Url.GetEncodedLength(Length)
            || Base64Url.DecodeFromChars(text, bytes, out _, out _) != OperationStatus.Done
            || !bytes[24..].SequenceEqual(HashOf(filter))
        )
        {
            return null;
        }
        var ticks = BinaryPrimitives.ReadInt64BigEndian(bytes);
        return ticks < DateTimeOffset.MinValue.Ticks || ticks > DateTimeOffset.MaxValue.Ticks
            ? null
            : new JobPosition(new DateTimeOffset(ticks, TimeSpan.Zero), new Guid(bytes[8..24], bigEndian: true));
    }

    static byte[] HashOf(IReadOnlyCollection<JobStatus> filter) =>
        SHA256.HashData(Encoding.ASCII.GetBytes(string.Join(',', filter.Order())))[..4];
}
