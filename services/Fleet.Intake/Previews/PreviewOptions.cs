using System.ComponentModel.DataAnnotations;

namespace Fleet.Intake.Previews;

/// <summary>Where public pages of messages are read. Section <c>Preview</c>.</summary>
public sealed record PreviewOptions
{
    /// <summary>The site that has them; no other address is ever called. Default https://t.me/.</summary>
    [Required]
    public Uri Site { get; init; } = new("https://t.me/");

    /// <summary>Longest wait for a page. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:00:30")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes of a page that are looked at. Default 256 KiB.</summary>
    [Range(4_096, 4 << 20)]
    public int MaxBytes { get; init; } = 256 << 10;
}
