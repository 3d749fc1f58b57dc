using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Fleet.Cli;

/// <summary>Checks a webhook as a receiver does, by the Standard Webhooks rules. Written apart from the sender.</summary>
/// <remarks>https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md</remarks>
sealed class WebhookVerifier(string secret, TimeProvider time)
{
    const string SecretPrefix = "whsec_";
    const string Scheme = "v1,";
    static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    readonly byte[] _key = Convert.FromBase64String(
        secret.StartsWith(SecretPrefix, StringComparison.Ordinal) ? secret[SecretPrefix.Length..] : secret
    );

    /// <summary>Null when the webhook is genuine and fresh; else what is wrong with it.</summary>
    /// <param name="id">The header webhook-id.</param>
    /// <param name="timestamp">The header webhook-timestamp.</param>
    /// <param name="signatures">The header webhook-signature: one or several, separated by spaces.</param>
    /// <param name="body">The body as it arrived.</param>
    public string? FaultOrNull(string? id, string? timestamp, string? signatures, ReadOnlySpan<byte> body)
    {
        if (string.IsNullOrEmpty(id) || string.IsNullOrEmpty(timestamp) || string.IsNullOrEmpty(signatures))
            return "a header is missing";
        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return "the timestamp is no number";
        var age = time.GetUtcNow().ToUnixTimeSeconds() - seconds;
        if (Math.Abs(age) > Tolerance.TotalSeconds)
            return "the timestamp is too far from now";
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        hmac.AppendData(Encoding.UTF8.GetBytes($"{id}.{timestamp}."));
        hmac.AppendData(body);
        var expected = hmac.GetHashAndReset();
        foreach (var signature in signatures.Split(' '))
        {
            if (signature.StartsWith(Scheme, StringComparison.Ordinal) && Matches(signature[Scheme.Length..], expected))
                return null;
        }
        return "no signature matches";
    }

    // Another version's or a malformed signature among several is not an error: it only does not match.
    static bool Matches(string base64, byte[] expected)
    {
        Span<byte> given = stackalloc byte[64];
        return Convert.TryFromBase64String(base64, given, out var length)
            && CryptographicOperations.FixedTimeEquals(given[..length], expected);
    }
}
