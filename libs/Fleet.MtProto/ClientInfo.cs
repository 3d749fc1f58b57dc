namespace Fleet.MtProto;

/// <summary>What a client says of itself in initConnection; the account's list of devices shows it.</summary>
/// <param name="ApiId">The application's number from my.telegram.org.</param>
/// <param name="DeviceModel">Such as <c>Server</c>.</param>
/// <param name="SystemVersion">Such as <c>Linux</c>.</param>
/// <param name="AppVersion">Such as <c>1.0</c>.</param>
/// <param name="LangCode">ISO 639-1, such as <c>en</c>.</param>
public sealed record ClientInfo(
    int ApiId,
    string DeviceModel = "Server",
    string SystemVersion = "Linux",
    string AppVersion = "1.0",
    string LangCode = "en"
);
