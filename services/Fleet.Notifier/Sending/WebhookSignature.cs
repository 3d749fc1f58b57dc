using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Fleet.Notifier.Sending;

/// <summary>Signs a webhook: base64 of HMAC-SHA256 over <c>id.timestamp.body</c>, scheme v1.</summary>
/// <remarks>https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md</remarks>
public static class WebhookSignature
{
    /// <summary>What every shared secret starts with.</summary>
    public const string SecretPrefix = "whsec_";

    /// <summary>The value of the header <c>webhook-signature</c>.</summary>
    /// <param name="secret">whsec_ and base64 of 24 to 64 bytes.</param>
    /// <param name="id">The header <c>webhook-id</c>; no dot in it.</param>
    /// <param name="timestamp">The header <c>webhook-timestamp</c>: seconds since 1970 UTC.</param>
    /// <param name="body">The exact bytes that are sent.</param>
    /// <exception cref="FormatException">The secret or the id has another form. The message holds neither.</exception>
    public static string Sign(string secret, string id, long timestamp, ReadOnlySpan<byte> body)
    {
        if (id.Contains('.', StringComparison.Ordinal))
            throw new FormatException("A webhook id has no dot.");
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, KeyOf(secret));
        hmac.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.")));
        hmac.AppendData(body);
        return $"v1,{Convert.ToBase64String(hmac.GetHashAndReset())}";
    }

    static byte[] KeyOf(string secret)
    {
        if (!secret.StartsWith(SecretPrefix, StringComparison.Ordinal))
            throw new FormatException("A webhook secret starts with whsec_.");
        var key = Convert.FromBase64String(secret[SecretPrefix.Length..]);
        return key.Length is >= 24 and <= 64
            ? key
            : throw new FormatException("A webhook secret holds 24 to 64 bytes.");
    }
}
