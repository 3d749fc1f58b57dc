using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fleet.Hosting;

/// <summary>How Fleet writes JSON: snake_case names and enum values, no null members, nothing escaped that JSON allows (never put it into HTML).</summary>
public static class FleetJson
{
    /// <summary>For answers, and for messages between services: unknown members are ignored, so that versions may differ.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>For requests of clients: an unknown or repeated member is an error, so that a misspelt option is not ignored.</summary>
    public static JsonSerializerOptions Strict { get; } = CreateStrict();

    static JsonSerializerOptions Create() =>
        new(JsonSerializerDefaults.Web)
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            PropertyNameCaseInsensitive = false,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            NumberHandling = JsonNumberHandling.Strict,
            MaxDepth = 16,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        };

    static JsonSerializerOptions CreateStrict() =>
        new(Create())
        {
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            AllowDuplicateProperties = false,
            RespectRequiredConstructorParameters = true,
            RespectNullableAnnotations = true,
        };
}
