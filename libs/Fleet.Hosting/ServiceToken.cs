using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Fleet.Hosting;

/// <summary>Guards an internal API: callers send <c>Authorization: Bearer {token}</c>.</summary>
public static class ServiceToken
{
    const string Scheme = "Bearer ";

    /// <summary>Refuses every request to the group whose token differs, with problem <c>unauthorized</c>.</summary>
    /// <param name="group">The endpoints to guard.</param>
    /// <param name="token">The shared secret, at least 16 characters.</param>
    public static TBuilder RequireServiceToken<TBuilder>(this TBuilder group, string token)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(token.Length, 16, nameof(token));
        var expected = Hash(token);
        return group.AddEndpointFilter(
            (context, next) =>
                Matches(context.HttpContext.Request, expected)
                    ? next(context)
                    : throw new ProblemException(CommonProblems.Unauthorized, "A service token is needed.")
        );
    }

    /// <summary>The token of an Authorization header, or null where there is none.</summary>
    public static string? ReadBearerOrNull(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : null;
    }

    // Hashes have one length, so the comparison takes the same time whatever was sent.
    static bool Matches(HttpRequest request, byte[] expected) =>
        ReadBearerOrNull(request) is { } token && CryptographicOperations.FixedTimeEquals(Hash(token), expected);

    static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
