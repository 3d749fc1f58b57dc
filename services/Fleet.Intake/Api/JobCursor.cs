using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Fleet.Hosting;
using Fleet.Jobs;

namespace Fleet.Intake.Api;

/// <summary>
/// A place in a list of jobs or batches as opaque text: creation time, id and a hash of the filter, base64url. It only
/// moves within what is the caller's own, so it needs no signature.
/// </summary>
static class JobCursor
{
    const int Length = 8 + 16 + 4;

    /// <summary>The place that a client sends, or null for the beginning.</summary>
    /// <exception cref="ProblemException">invalid_cursor.</exception>
    public static JobPosition? Read(string? text, string filter) =>
        string.IsNullOrEmpty(text)
            ? null
            : ParseOrNull(text, filter)
                ?? throw new ProblemException(
                    IntakeProblems.InvalidCursor,
                    "Start again without a cursor, or keep the filter unchanged."
                );

    /// <summary>The cursor behind an entry of a list.</summary>
    /// <param name="filter">Which list: a cursor of another one is refused.</param>
    public static string Of(JobPosition place, string filter)
    {
        Span<byte> bytes = stackalloc byte[Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, place.CreatedAt.UtcTicks);
        place.Id.TryWriteBytes(bytes[8..], bigEndian: true, out _);
        HashOf(filter).CopyTo(bytes[24..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>The place, or null when the text is no cursor of a list with this filter.</summary>
    public static JobPosition? ParseOrNull(string text, string filter)
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

    static byte[] HashOf(string filter) => SHA256.HashData(Encoding.UTF8.GetBytes(filter))[..4];
}
