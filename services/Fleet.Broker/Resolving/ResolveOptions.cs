using System.ComponentModel.DataAnnotations;

namespace Fleet.Broker.Resolving;

/// <summary>How links are resolved. Section <c>Resolve</c>.</summary>
public sealed record ResolveOptions
{
    /// <summary>Whether media of chats that forbid saving is handed out. Default false: content_protected.</summary>
    public bool AllowProtected { get; init; }

    /// <summary>Accounts asked about one link before it is called private. Default 8.</summary>
    [Range(1, 64)]
    public int MaxAccounts { get; init; } = 8;
}
