using System.Security.Cryptography;
using System.Text.Json;
using Fleet.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace Fleet.Intake.Api;

/// <summary>A request body, read and told apart: not JSON, wrong content, or a value.</summary>
/// <param name="Fingerprint">SHA-256 of the body with sorted members and without white space: equal for equal requests.</param>
sealed record JsonBody<T>(T Value, byte[] Fingerprint);

/// <summary>Reads request bodies.</summary>
static class JsonBody
{
    /// <summary>Reads the body as a <typeparamref name="T"/>.</summary>
    /// <param name="maxBytes">Null for the usual limit.</param>
    /// <exception cref="ProblemException">unsupported_media_type, body_too_large, malformed_json, validation_failed.</exception>
    public static async Task<JsonBody<T>> ReadAsync<T>(HttpContext http, int? maxBytes = null)
        where T : class
    {
        if (!http.Request.HasJsonContentType())
            throw new ProblemException(CommonProblems.UnsupportedMediaType, "Send Content-Type: application/json.");
        var limit = maxBytes ?? http.RequestServices.GetRequiredService<IOptions<IntakeOptions>>().Value.MaxBodyBytes;
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } bodySize)
            bodySize.MaxRequestBodySize = limit;
        using var document = await ParseAsync(http);
        return new JsonBody<T>(Bind<T>(document.RootElement), Fingerprint(document.RootElement));
    }

    /// <summary>SHA-256 of the canonical form of a JSON value.</summary>
    public static byte[] Fingerprint(JsonElement value)
    {
        using var canonical = new MemoryStream();
        using (var writer = new Utf8JsonWriter(canonical))
            WriteSorted(writer, value);
        return SHA256.HashData(canonical.GetBuffer().AsSpan(0, (int)canonical.Length));
    }

    static async Task<JsonDocument> ParseAsync(HttpContext http)
    {
        try
        {
            var options = new JsonDocumentOptions
            {
                MaxDepth = FleetJson.Strict.MaxDepth,
                AllowDuplicateProperties = false,
            };
            return await JsonDocument.ParseAsync(http.Request.Body, options, http.RequestAborted);
        }
        catch (JsonException e)
        {
            throw new ProblemException(
                IntakeProblems.MalformedJson,
                $"The body cannot be read at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}."
            );
        }
    }

    static T Bind<T>(JsonElement root)
        where T : class
    {
        try
        {
            return root.Deserialize<T>(FleetJson.Strict)
                ?? throw new ProblemException(IntakeProblems.ValidationFailed, "The body must be an object.");
        }
        catch (JsonException e)
        {
            var pointer = PointerOf(e.Path);
            throw new ProblemException(IntakeProblems.ValidationFailed, $"The value at {pointer} is not acceptable.")
            {
                Errors = [new ProblemItem(pointer, "Unknown member, missing member or wrong kind of value.")],
            };
        }
    }

    /// <summary>$.options.audio['x'] becomes /options/audio/x.</summary>
    internal static string PointerOf(string? path)
    {
        var steps = (path ?? "$").Split(['$', '.', '[', ']', '\''], StringSplitOptions.RemoveEmptyEntries);
        return "/" + string.Join('/', steps);
    }

    static void WriteSorted(Utf8JsonWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(member.Name);
                    WriteSorted(writer, member.Value);
                }
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                    WriteSorted(writer, item);
                writer.WriteEndArray();
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }
}
