using Microsoft.AspNetCore.Http.Headers;

namespace Fleet.Intake.Streaming;

/// <summary>The part of a representation that a request asks for.</summary>
/// <param name="Start">First byte.</param>
/// <param name="End">Behind the last byte.</param>
/// <param name="IsPart">Answer 206; else the whole was asked for.</param>
/// <remarks>https://www.rfc-editor.org/rfc/rfc9110#name-range-requests. Several ranges at once are answered with the whole.</remarks>
readonly record struct ByteRange(long Start, long End, bool IsPart)
{
    /// <summary>Reads Range and If-Range; null when the range begins behind the end.</summary>
    public static ByteRange? Of(RequestHeaders headers, long size, Microsoft.Net.Http.Headers.EntityTagHeaderValue tag)
    {
        var whole = new ByteRange(0, size, IsPart: false);
        if (headers.Range is not { Ranges: { Count: 1 } ranges } range || range.Unit != "bytes")
            return whole;
        if (headers.IfRange is { } wanted && wanted.EntityTag?.Compare(tag, useStrongComparison: true) is not true)
            return whole;
        return ranges.Single() switch
        {
            { From: { } from } when from >= size => null,
            { From: { } from, To: var to } => new(from, Math.Min((to ?? size - 1) + 1, size), IsPart: true),
            { To: > 0 and var last } when size > 0 => new(Math.Max(0, size - last), size, IsPart: true),
            _ => null,
        };
    }
}
