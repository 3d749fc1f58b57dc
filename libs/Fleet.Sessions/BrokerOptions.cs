using System.ComponentModel.DataAnnotations;

namespace Fleet.Sessions;

/// <summary>How to reach the session broker.</summary>
public sealed record BrokerOptions
{
    /// <summary>Base address, for example http://127.0.0.1:5081.</summary>
    [Required]
    public Uri? Url { get; init; }

    /// <summary>Service token shared by the fleet's services, 16 characters or more.</summary>
    [Required, MinLength(16)]
    public string Token { get; init; } = "";

    /// <summary>Deadline of each call. Default 30 s: a resolve may wait for Telegram, a lease may make a key.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Hides the token.</summary>
    public override string ToString() => $"BrokerOptions {{ Url = {Url}, Deadline = {Deadline} }}";
}
