using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Fleet.Hosting;

/// <summary>A kind of error that a caller can meet and act on.</summary>
/// <param name="Code">Stable snake_case name that programs compare, for example link_invalid.</param>
/// <param name="Status">HTTP status, 400 to 599.</param>
/// <param name="Title">One sentence, the same for every occurrence.</param>
public sealed record ProblemType(string Code, int Status, string Title);

/// <summary>One fault inside a request.</summary>
/// <param name="Pointer">JSON pointer to the member at fault, for example /options/container.</param>
/// <param name="Detail">What is wrong with it.</param>
public sealed record ProblemItem(string Pointer, string Detail);

/// <summary>Ends a request with a problem document. Its message is shown to the caller: no secret in it.</summary>
public sealed class ProblemException(ProblemType type, string detail) : Exception(detail)
{
    /// <summary>The kind of error.</summary>
    public ProblemType Type => type;

    /// <summary>The faults, where several can be named; else empty.</summary>
    public IReadOnlyList<ProblemItem> Errors { get; init; } = [];

    /// <summary>When the caller may try again, if that is known.</summary>
    public DateTimeOffset? RetryAt { get; init; }
}

/// <summary>The body of an error answer, media type application/problem+json.</summary>
/// <remarks>https://www.rfc-editor.org/rfc/rfc9457</remarks>
public sealed record Problem
{
    /// <summary>Address of the documentation of this kind: /problems/{code}.</summary>
    public required string Type { get; init; }

    /// <summary>One sentence, the same for every occurrence.</summary>
    public required string Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>What happened this time.</summary>
    public string? Detail { get; init; }

    /// <summary>Path of the request.</summary>
    public string? Instance { get; init; }

    /// <summary>Stable name of the kind.</summary>
    public required string Code { get; init; }

    /// <summary>Finds the request in logs and traces.</summary>
    public string? TraceId { get; init; }

    /// <summary>The faults inside the request, where several can be named.</summary>
    public IReadOnlyList<ProblemItem>? Errors { get; init; }

    /// <summary>When the caller may try again, if that is known.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>Describes one occurrence of <paramref name="type"/> during <paramref name="http"/>.</summary>
    public static Problem Of(ProblemType type, string? detail, HttpContext http) =>
        new()
        {
            Type = $"/problems/{type.Code}",
            Title = type.Title,
            Status = type.Status,
            Detail = detail,
            Instance = http.Request.Path,
            Code = type.Code,
            TraceId = Activity.Current?.TraceId.ToHexString(),
        };
}
