namespace Fleet.Sessions;

/// <summary>Answer of GET /internal/v1/cdn/{dc}: how to reach a CDN data centre.</summary>
public sealed record CdnResponse
{
    /// <summary>Number of the data centre, such as 203.</summary>
    public required int Dc { get; init; }

    /// <summary>The application to name there (initConnection).</summary>
    public required int ApiId { get; init; }

    /// <summary>Where to connect, best first; at least one.</summary>
    public required LeaseAddress[] Addresses { get; init; }

    /// <summary>PEM texts of the RSA keys that it may prove itself with in a key exchange; at least one.</summary>
    public required string[] PublicKeys { get; init; }

    /// <summary>How messages are framed, in the words of the configuration; null: as by default.</summary>
    public string? Transport { get; init; }

    /// <summary>The proxy to connect through, as configured, secrets included; null for none.</summary>
    public string? Proxy { get; init; }

    /// <summary>Names nothing secret.</summary>
    public override string ToString() => $"CdnResponse {{ Dc = {Dc} }}";
}
