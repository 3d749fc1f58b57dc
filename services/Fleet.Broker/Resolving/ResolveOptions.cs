using System.ComponentModel.DataAnnotations;
using Fleet.Telegram;

namespace Fleet.Broker.Resolving;

/// <summary>How links are resolved. Section <c>Resolve</c>.</summary>
public sealed record ResolveOptions
{
    /// <summary>Whether media of chats that forbid saving is handed out. Default false: content_protected.</summary>
    public bool AllowProtected { get; init; }

    /// <summary>Whether an account joins the chat of an invitation that no account is in. Default false: source_private.</summary>
    public bool JoinInvites { get; init; }

    /// <summary>Accounts asked about one link before it is called private. Default 8.</summary>
    [Range(1, 64)]
    public int MaxAccounts { get; init; } = 8;

    /// <summary>An account looks up one public name per this long (contacts.resolveUsername, which Telegram limits most). Default
    /// 1 s; what is over goes to another account, or is told to come back (flood).</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan NameInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Names that an account may look up at once after a pause. Default 5.</summary>
    [Range(1, 10_000)]
    public int NameBurst { get; init; } = 5;

    /// <summary>An account makes one other call for resolving per this long. Default 50 ms; it pauses for up to 3 s before it
    /// counts as over.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan ReadInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Other calls that an account may make at once after a pause. Default 60.</summary>
    [Range(1, 10_000)]
    public int ReadBurst { get; init; } = 60;

    /// <summary>The budget of one account.</summary>
    internal ResolveBudget NewBudget() =>
        new(new CallBudget(NameInterval, NameBurst), new CallBudget(ReadInterval, ReadBurst));
}
