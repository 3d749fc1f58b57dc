using Fleet.Hosting;
using Fleet.Jobs;

namespace Fleet.Intake;

/// <summary>Every code that the API answers with, besides <see cref="CommonProblems"/>.</summary>
static class IntakeProblems
{
    public static readonly ProblemType MalformedJson = new("malformed_json", 400, "The body is not valid JSON.");
    public static readonly ProblemType InvalidCursor = new(
        "invalid_cursor",
        400,
        "The cursor is not one of this list."
    );
    public static readonly ProblemType InvalidQuery = new("invalid_query", 400, "A query parameter is not valid.");
    public static readonly ProblemType InvalidIdempotencyKey = new(
        "invalid_idempotency_key",
        400,
        "An Idempotency-Key has 1 to 255 visible ASCII characters."
    );
    public static readonly ProblemType CrossOrigin = new(
        "cross_origin",
        403,
        "A signed-in page may be used from its own address only."
    );
    public static readonly ProblemType LinkForged = new(
        "link_forged",
        403,
        "This link was not signed by this service."
    );
    public static readonly ProblemType TranscodeForbidden = new(
        "transcode_forbidden",
        403,
        "This account may not have files encoded anew."
    );
    public static readonly ProblemType JobNotFound = new("job_not_found", 404, "There is no such job.");
    public static readonly ProblemType BatchNotFound = new("batch_not_found", 404, "There is no such batch.");
    public static readonly ProblemType FileNotFound = new("file_not_found", 404, "The job has no such file.");
    public static readonly ProblemType EndpointNotFound = new(
        "webhook_endpoint_not_found",
        404,
        "There is no such webhook endpoint."
    );
    public static readonly ProblemType DeliveryNotFound = new("delivery_not_found", 404, "There is no such delivery.");
    public static readonly ProblemType KeyNotFound = new("api_key_not_found", 404, "There is no such API key.");
    public static readonly ProblemType FileNotLinkable = new(
        "file_not_linkable",
        409,
        "This file is not in the store, so that no link leads to it."
    );
    public static readonly ProblemType JobNotChangeable = new(
        "job_not_changeable",
        409,
        "Only a queued job changes its queue, and only an ended one can be deleted."
    );
    public static readonly ProblemType PreconditionFailed = new(
        "precondition_failed",
        412,
        "The job has changed since it was read."
    );
    public static readonly ProblemType TooManyKeys = new("too_many_api_keys", 422, "No more API keys can be made.");
    public static readonly ProblemType RateLimited = new("rate_limited", 429, "Too many requests within a short time.");
    public static readonly ProblemType QuotaExceeded = new(
        "quota_exceeded",
        429,
        "The account has asked for as much as it may."
    );
    public static readonly ProblemType JobNotCancelable = new("job_not_cancelable", 409, "The job has already ended.");
    public static readonly ProblemType JobNotRetryable = new(
        "job_not_retryable",
        409,
        "Only a failed job can be tried again."
    );
    public static readonly ProblemType EndpointExists = new(
        "webhook_endpoint_exists",
        409,
        "This address is already registered."
    );
    public static readonly ProblemType StreamOver = new("stream_over", 409, "The job has ended without this file.");
    public static readonly ProblemType RangeNotSatisfiable = new(
        "range_not_satisfiable",
        416,
        "The file has no such bytes."
    );
    public static readonly ProblemType StreamNotReady = new(
        "stream_not_ready",
        503,
        "The file is not being fetched at the moment; ask again."
    );
    public static readonly ProblemType LinkExpired = new(
        "link_expired",
        410,
        "This link has expired; ask for a new one."
    );
    public static readonly ProblemType ValidationFailed = new(
        "validation_failed",
        422,
        "The request is not acceptable."
    );
    public static readonly ProblemType IdempotencyKeyReused = new(
        "idempotency_key_reused",
        422,
        "This Idempotency-Key was used for another request."
    );
    public static readonly ProblemType TooManyEndpoints = new(
        "too_many_webhook_endpoints",
        422,
        "No more webhook endpoints can be registered."
    );
    public static readonly ProblemType LinkMalformed = new("link_malformed", 422, "This is not a Telegram link.");
    public static readonly ProblemType LinkHostUnknown = new(
        "link_host_unknown",
        422,
        "The link leads to a host that is not Telegram's."
    );
    public static readonly ProblemType LinkNotAMessage = new(
        "link_not_a_message",
        422,
        "The link does not lead to a message."
    );
    public static readonly ProblemType TooManyItems = new(
        "too_many_items",
        422,
        "The link asks for more files than one job may have."
    );
    public static readonly ProblemType LinkUnsupported = new(
        "link_unsupported",
        422,
        "Links of this form cannot be downloaded."
    );

    static readonly ProblemType[] Own =
    [
        MalformedJson,
        InvalidCursor,
        InvalidQuery,
        InvalidIdempotencyKey,
        CrossOrigin,
        LinkForged,
        TranscodeForbidden,
        JobNotFound,
        BatchNotFound,
        FileNotFound,
        EndpointNotFound,
        DeliveryNotFound,
        KeyNotFound,
        FileNotLinkable,
        JobNotChangeable,
        PreconditionFailed,
        TooManyKeys,
        RateLimited,
        QuotaExceeded,
        JobNotCancelable,
        JobNotRetryable,
        EndpointExists,
        StreamOver,
        RangeNotSatisfiable,
        StreamNotReady,
        LinkExpired,
        ValidationFailed,
        IdempotencyKeyReused,
        TooManyEndpoints,
        LinkMalformed,
        LinkHostUnknown,
        LinkNotAMessage,
        LinkUnsupported,
        TooManyItems,
    ];

    /// <summary>What GET /problems lists: answers of the API, and errors that end a job.</summary>
    public static IReadOnlyList<ProblemDescription> All { get; } =
    [
        .. CommonProblems
            .All.Concat(Own)
            .Select(type => new ProblemDescription(type.Code, type.Title, type.Status, null)),
        .. JobFaults.All.Select(fault => new ProblemDescription(
            fault.Code,
            fault.Title,
            null,
            EnumText.Of(fault.Class)
        )),
    ];

    /// <summary>The problem with one of our codes.</summary>
    public static ProblemType Of(string code) => Own.First(type => type.Code == code);
}

/// <summary>An entry of the registry of codes.</summary>
/// <param name="Status">HTTP status, when the API answers with it.</param>
/// <param name="JobFault">permanent, transient, flood or capacity, when a job can end with it.</param>
sealed record ProblemDescription(string Code, string Title, int? Status, string? JobFault);
