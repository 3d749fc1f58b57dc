using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fleet.Emulator.Control;

/// <summary>The one line that tells scripts how to reach the emulator.</summary>
static class ReadyLine
{
    static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>
    /// {"dcs":[{"id","host","port","media"}],"keys":[PEM path],"control":URL,"api_id","api_hash",
    /// "accounts":[{"phone","code","password"?,"user_id"} or {"bot_token","user_id"}]}
    /// </summary>
    public static string Of(TelegramEmulator telegram) =>
        JsonSerializer.Serialize(
            new
            {
                Dcs = telegram.Dcs.Select(dc => new
                {
                    dc.Id,
                    dc.Host,
                    dc.Port,
                    Media = dc.MediaOnly,
                }),
                Keys = new[] { telegram.PublicKeyFile },
                Control = telegram.ControlAddress?.GetLeftPart(UriPartial.Authority),
                telegram.Options.ApiId,
                telegram.Options.ApiHash,
                Accounts = telegram.World.Accounts.Select(a => new
                {
                    a.Phone,
                    a.Code,
                    a.Password,
                    a.BotToken,
                    a.UserId,
                    Premium = a.Premium ? true : (bool?)null,
                    a.HomeDc,
                }),
            },
            Json
        );
}
