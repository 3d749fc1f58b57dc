using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Fleet.Hosting;
using Fleet.Sessions;

namespace Fleet.Broker.Api;

/// <summary>Bodies of the internal API.</summary>
static class JsonBody
{
    /// <summary>Answers 200 with a body.</summary>
    public static IResult Answer<T>(T value, JsonTypeInfo<T> type) => Results.Json(value, type);

    /// <summary>Reads the body of a request.</summary>
    /// <exception cref="BrokerException">bad_request.</exception>
    public static async Task<T> ReadAsync<T>(HttpRequest http, JsonTypeInfo<T> type, CancellationToken ct)
    {
        if (!http.HasJsonContentType())
            throw new ProblemException(CommonProblems.UnsupportedMediaType, "Send application/json.");
        try
        {
            return await JsonSerializer.DeserializeAsync(http.Body, type, ct)
                ?? throw new BrokerException(BrokerCodes.BadRequest, "the body is null");
        }
        catch (JsonException e)
        {
            throw new BrokerException(BrokerCodes.BadRequest, $"the body is wrong at {e.Path ?? "$"}");
        }
    }
}
