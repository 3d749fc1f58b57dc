namespace Fleet.Hosting;

/// <summary>The problems that any HTTP service can answer with.</summary>
public static class CommonProblems
{
    public static readonly ProblemType BadRequest = new("bad_request", 400, "The request is not valid HTTP or JSON.");
    public static readonly ProblemType Unauthorized = new("unauthorized", 401, "The credentials are missing or wrong.");
    public static readonly ProblemType Forbidden = new("forbidden", 403, "The credentials do not allow this.");
    public static readonly ProblemType NotFound = new("not_found", 404, "There is nothing at this address.");
    public static readonly ProblemType MethodNotAllowed = new(
        "method_not_allowed",
        405,
        "This address does not take this method."
    );
    public static readonly ProblemType RequestTimeout = new(
        "request_timeout",
        408,
        "The request took too long to arrive."
    );
    public static readonly ProblemType BodyTooLarge = new("body_too_large", 413, "The request body is too long.");
    public static readonly ProblemType UnsupportedMediaType = new(
        "unsupported_media_type",
        415,
        "The request body must be application/json."
    );
    public static readonly ProblemType InternalError = new("internal_error", 500, "The service failed.");
    public static readonly ProblemType Unavailable = new(
        "unavailable",
        503,
        "The service cannot answer now; try again."
    );

    /// <summary>All of them, for the registry of codes.</summary>
    public static IReadOnlyList<ProblemType> All { get; } =
    [
        BadRequest,
        Unauthorized,
        Forbidden,
        NotFound,
        MethodNotAllowed,
        RequestTimeout,
        BodyTooLarge,
        UnsupportedMediaType,
        InternalError,
        Unavailable,
    ];

    /// <summary>The problem that stands for a bare HTTP status.</summary>
    public static ProblemType ForStatus(int status) =>
        All.FirstOrDefault(type => type.Status == status) ?? (status < 500 ? BadRequest : InternalError);
}
