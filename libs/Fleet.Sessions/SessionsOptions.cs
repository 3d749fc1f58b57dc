using System.ComponentModel.DataAnnotations;

namespace Fleet.Sessions;

/// <summary>Where the keys that seal sessions come from. Exactly one of <see cref="Key"/> and <see cref="KeyFile"/> is set.</summary>
public sealed record SessionsOptions : IValidatableObject
{
    /// <summary>Base64 of the 32 bytes that seal new records.</summary>
    public string? Key { get; init; }

    /// <summary>Path of a file with that base64 text on its first line, for mounted secrets.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Base64 of former keys: they still open records, and seal none. At most 16.</summary>
    [MaxLength(16)]
    public string[] OldKeys { get; init; } = [];

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (string.IsNullOrWhiteSpace(Key) == string.IsNullOrWhiteSpace(KeyFile))
            yield return new ValidationResult(
                "Set exactly one of Sessions:Key (base64 of 32 bytes) and Sessions:KeyFile.",
                [nameof(Key), nameof(KeyFile)]
            );
    }

    /// <summary>Hides the keys.</summary>
    public override string ToString() => $"SessionsOptions {{ KeyFile = {KeyFile}, OldKeys = {OldKeys.Length} }}";
}
