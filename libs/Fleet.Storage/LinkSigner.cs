using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace Fleet.Storage;

/// <summary>What a verified link grants.</summary>
public sealed record SignedLink(string Key, string DownloadName, string ContentType, bool Inline)
{
    /// <summary>The header that the answer must carry.</summary>
    public string Disposition => ContentDisposition.For(DownloadName, Inline);
}

/// <summary>What became of the check of a link.</summary>
public enum LinkVerdict
{
    Valid,

    /// <summary>Rightly signed, but its time is over.</summary>
    Expired,

    /// <summary>Not signed by us, or changed since.</summary>
    Forged,
}

/// <summary>
/// Signs and checks the links of the directory store: /files/{key}?name=&amp;type=&amp;inline=&amp;expires=&amp;sig=
/// with HMAC-SHA256 over all of it. Every process that signs or serves must have the same key.
/// </summary>
public sealed class LinkSigner
{
    /// <summary>Where Intake serves signed files; the key follows.</summary>
    public const string PathPrefix = "/files/";

    /// <summary>Shortest signing key, in characters.</summary>
    public const int MinKeyLength = 32;

    readonly byte[] _key;
    readonly TimeProvider _time;

    /// <summary>A signer with a key of at least <see cref="MinKeyLength"/> characters.</summary>
    public LinkSigner(string key, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(key.Length, MinKeyLength, nameof(key));
        _key = Encoding.UTF8.GetBytes(key);
        _time = time;
    }

    /// <summary>Path and query of a link, to be put behind the public address.</summary>
    public string Sign(string key, LinkTerms terms)
    {
        var link = new SignedLink(ObjectKey.Checked(key), terms.DownloadName, terms.ContentType, terms.Inline);
        var expires = _time.GetUtcNow().Add(terms.Lifetime).ToUnixTimeSeconds();
        var name = Uri.EscapeDataString(link.DownloadName);
        var type = Uri.EscapeDataString(link.ContentType);
        var inline = link.Inline ? "1" : "0";
        var signature = Base64Url.EncodeToString(Signature(link, expires));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{PathPrefix}{key}?name={name}&type={type}&inline={inline}&expires={expires}&sig={signature}"
        );
    }

    /// <summary>Checks a link in constant time; <paramref name="link"/> is set only when it is valid.</summary>
    /// <param name="key">The path behind <see cref="PathPrefix"/>.</param>
    /// <param name="query">The query string as received, with or without its question mark.</param>
    public LinkVerdict Verify(string? key, string? query, out SignedLink? link)
    {
        link = null;
        var values = QueryHelpers.ParseQuery(query);
        if (
            !ObjectKey.IsValid(key)
            || !values.TryGetValue("name", out var name)
            || !values.TryGetValue("type", out var type)
            || !values.TryGetValue("inline", out var inline)
            || !values.TryGetValue("expires", out var expiresText)
            || !values.TryGetValue("sig", out var signature)
            || !long.TryParse(expiresText, NumberStyles.None, CultureInfo.InvariantCulture, out var expires)
        )
        {
            return LinkVerdict.Forged;
        }

        var claimed = new SignedLink(key!, name.ToString(), type.ToString(), inline == "1");
        var expected = Base64Url.EncodeToUtf8(Signature(claimed, expires));
        if (!CryptographicOperations.FixedTimeEquals(expected, Encoding.UTF8.GetBytes(signature.ToString())))
            return LinkVerdict.Forged;
        if (_time.GetUtcNow().ToUnixTimeSeconds() >= expires)
            return LinkVerdict.Expired;
        link = claimed;
        return LinkVerdict.Valid;
    }

    byte[] Signature(SignedLink link, long expires)
    {
        // Length-prefixed, so that no two sets of values share one text.
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"fleet-link-1\n{link.Key}\n{link.DownloadName.Length}:{link.DownloadName}\n{link.ContentType.Length}:{link.ContentType}\n{link.Inline}\n{expires}"
        );
        return HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text));
    }
}
