namespace Fleet.Jobs;

/// <summary>What an API key may do.</summary>
public static class ApiScopes
{
    public const string JobsRead = "jobs:read";
    public const string JobsWrite = "jobs:write";
    public const string Webhooks = "webhooks";

    /// <summary>Making and ending API keys, and reading who changed what.</summary>
    public const string Admin = "admin";

    /// <summary>Everything a tenant can do.</summary>
    public static IReadOnlyList<string> All { get; } = [JobsRead, JobsWrite, Webhooks, Admin];
}
