using Fleet.Hosting;

namespace Fleet.Intake.Api;

/// <summary>Reads Idempotency-Key: a quoted string as the IETF draft has it, or bare as Stripe's clients send it.</summary>
/// <remarks>https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/</remarks>
static class IdempotencyHeader
{
    const int MaxLength = 255;

    /// <summary>The key, or null when there is no header.</summary>
    /// <exception cref="ProblemException">invalid_idempotency_key.</exception>
    public static string? ReadOrNull(HttpRequest request) =>
        request.Headers.TryGetValue("Idempotency-Key", out var values) ? Parse(values.ToString()) : null;

    internal static string Parse(string header)
    {
        var quoted = header.Length >= 2 && header[0] == '"' && header[^1] == '"';
        var key = quoted ? header[1..^1] : header;
        return key.Length is >= 1 and <= MaxLength && key.All(c => c is > ' ' and < '\x7f' and not '"')
            ? key
            : throw new ProblemException(IntakeProblems.InvalidIdempotencyKey, "Send a random UUID, for example.");
    }
}
