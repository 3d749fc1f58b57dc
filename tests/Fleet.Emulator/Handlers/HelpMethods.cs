using System.Net;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.Emulator.Handlers;

/// <summary>help.* and updates.*: where the servers are, and that nothing new happened.</summary>
static class HelpMethods
{
    public static void AddTo(MethodTable table)
    {
        table.Add<HelpGetConfig>("help.getConfig", (call, _) => Config(call), needsLogin: false);
        table.Add<HelpGetNearestDc>("help.getNearestDc", (call, _) => NearestDc(call), needsLogin: false);
        table.Add<HelpGetAppConfig>("help.getAppConfig", AppConfig, needsLogin: false);
        table.Add<UpdatesGetState>("updates.getState", (call, _) => State(call));
        table.Add<UpdatesGetDifference>(
            "updates.getDifference",
            (call, _) => new UpdatesDifferenceEmpty { Date = call.UnixNow, Seq = 1 }
        );
    }

    static UpdatesState State(Call call) =>
        new()
        {
            Pts = 1,
            Qts = 0,
            Date = call.UnixNow,
            Seq = 1,
            UnreadCount = 0,
        };

    static NearestDc NearestDc(Call call) =>
        new()
        {
            Country = "NL",
            ThisDc = call.Dc,
            NearestDcValue = call.Dc,
        };

    /// <summary>The limits that concern downloads, with Telegram's own values.</summary>
    static Answer AppConfig(Call call, HelpGetAppConfig request)
    {
        var ignores = call.World.IgnoreAltDocuments;
        var hash = ignores ? 2 : 1;
        if (request.Hash == hash)
            return new HelpAppConfigNotModified();
        return new HelpAppConfig
        {
            Hash = hash,
            Config = new JsonObject
            {
                Value =
                [
                    Number("small_queue_max_active_operations_count", 5),
                    Number("large_queue_max_active_operations_count", 2),
                    Number("upload_max_fileparts_default", 4000),
                    Number("upload_max_fileparts_premium", 8000),
                    Number("upload_premium_speedup_download", 10),
                    new JsonObjectValue
                    {
                        Key = "video_ignore_alt_documents",
                        Value = new JsonBool { Value = ignores },
                    },
                ],
            },
        };
    }

    static JsonObjectValue Number(string key, double value) =>
        new()
        {
            Key = key,
            Value = new JsonNumber { Value = value },
        };

    static Config Config(Call call) =>
        new()
        {
            Date = call.UnixNow,
            Expires = call.UnixNow + 3600,
            TestMode = false,
            ThisDc = call.Dc,
            DcOptions =
            [
                .. call.Server.Endpoints.Select(e => new DcOption
                {
                    Id = e.Dc.Id,
                    IpAddress = IPAddress.Loopback.ToString(),
                    Port = e.Port,
                    MediaOnly = e.MediaOnly,
                    Cdn = e.Dc.IsCdn,
                    Static = true,
                    ThisPortOnly = true,
                }),
            ],
            DcTxtDomainName = "localhost",
            ChatSizeMax = 200,
            MegagroupSizeMax = 200_000,
            ForwardedCountMax = 100,
            OnlineUpdatePeriodMs = 210_000,
            OfflineBlurTimeoutMs = 5_000,
            OfflineIdleTimeoutMs = 30_000,
            OnlineCloudTimeoutMs = 300_000,
            NotifyCloudDelayMs = 30_000,
            NotifyDefaultDelayMs = 1_500,
            PushChatPeriodMs = 60_000,
            PushChatLimit = 2,
            EditTimeLimit = 172_800,
            RevokeTimeLimit = int.MaxValue,
            RevokePmTimeLimit = int.MaxValue,
            RatingEDecay = 2_419_200,
            StickersRecentLimit = 200,
            ChannelsReadMediaPeriod = 604_800,
            CallReceiveTimeoutMs = 20_000,
            CallRingTimeoutMs = 90_000,
            CallConnectTimeoutMs = 30_000,
            CallPacketTimeoutMs = 10_000,
            MeUrlPrefix = "https://t.me/",
            CaptionLengthMax = 1024,
            MessageLengthMax = 4096,
            WebfileDcId = 4,
        };
}
