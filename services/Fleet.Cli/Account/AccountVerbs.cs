namespace Fleet.Cli;

/// <summary>`fleet keys`, `webhooks` and `usage`: what belongs to the account. They print what the API answers, as JSON.</summary>
static class AccountVerbs
{
    const string ExitCodes = "Exit codes: 0 done, 1 failed, 2 wrong arguments, 130 interrupted.";

    public static Verb Keys { get; } =
        new(
            "keys",
            "API keys: list, make, end.",
            $"""
            Usage: fleet keys [list]
                   fleet keys create SCOPE... [--name NAME] [--expires TIME]
                   fleet keys revoke ID
              SCOPE            jobs:read, jobs:write, webhooks or admin
            {ApiOptions.Help}

            {ExitCodes}
            """,
            (args, ct) => RunAsync("keys", args, ["--name", "--expires"], KeysRequest, ct)
        );

    public static Verb Webhooks { get; } =
        new(
            "webhooks",
            "Addresses that hear of jobs, and what was sent there.",
            $"""
            Usage: fleet webhooks [list]
                   fleet webhooks add URL
                   fleet webhooks remove|enable|disable|rotate|test|deliveries ID
                   fleet webhooks redeliver DELIVERY
                   fleet webhooks recover ID --since TIME [--until TIME]
            {ApiOptions.Help}

            {ExitCodes}
            """,
            (args, ct) => RunAsync("webhooks", args, ["--since", "--until"], WebhooksRequest, ct)
        );

    public static Verb Usage { get; } =
        new(
            "usage",
            "What you have asked for, and what you may.",
            $"""
            Usage: fleet usage | fleet usage limits
            {ApiOptions.Help}

            {ExitCodes}
            """,
            (args, ct) =>
                RunAsync(
                    "usage",
                    args,
                    [],
                    given =>
                        given.Positional switch
                        {
                            [] => new(HttpMethod.Get, "v1/usage"),
                            ["limits"] => new(HttpMethod.Get, "v1/limits"),
                            _ => null,
                        },
                    ct
                )
        );

    static ApiCall? KeysRequest(Arguments given) =>
        given.Positional switch
        {
            [] or ["list"] => new(HttpMethod.Get, "v1/api-keys"),
            ["create", _, ..] => new(HttpMethod.Post, "v1/api-keys")
            {
                Body = new
                {
                    Name = given.OneOrNull("--name"),
                    Scopes = given.Positional.Skip(1),
                    ExpiresAt = given.OneOrNull("--expires"),
                },
            },
            ["revoke", var id] => new(HttpMethod.Delete, $"v1/api-keys/{Uri.EscapeDataString(id)}"),
            _ => null,
        };

    static ApiCall? WebhooksRequest(Arguments given)
    {
        const string Root = "v1/webhook-endpoints";
        if (given.Positional is [var verb, var id] && verb is not "add")
        {
            var endpoint = $"{Root}/{Uri.EscapeDataString(id)}";
            return verb switch
            {
                "remove" => new(HttpMethod.Delete, endpoint),
                "enable" or "disable" or "test" => new(HttpMethod.Post, $"{endpoint}/{verb}"),
                "rotate" => new(HttpMethod.Post, $"{endpoint}/rotate-secret"),
                "deliveries" => new(HttpMethod.Get, $"{endpoint}/deliveries"),
                "redeliver" => new(HttpMethod.Post, $"v1/deliveries/{Uri.EscapeDataString(id)}/redeliver"),
                "recover" => new(HttpMethod.Post, $"{endpoint}/recover")
                {
                    Body = new { Since = given.One("--since"), Until = given.OneOrNull("--until") },
                },
                _ => null,
            };
        }
        return given.Positional switch
        {
            [] or ["list"] => new(HttpMethod.Get, Root),
            ["add", var url] => new(HttpMethod.Post, Root) { Body = new { Url = url } },
            _ => null,
        };
    }

    static async Task<int> RunAsync(
        string verb,
        string[] args,
        string[] valued,
        Func<Arguments, ApiCall?> requestOf,
        CancellationToken ct
    )
    {
        var given = new Arguments(args, [.. ApiOptions.Valued, .. valued], []);
        var call = requestOf(given) ?? throw new UsageException($"that is no way to say it; {verb} --help tells how");
        return await ApiOptions.RunAsync(
            verb,
            given,
            async api =>
            {
                if (await api.SendRawAsync(call, ct) is { Length: > 0 } answer)
                    await Console.Out.WriteLineAsync(answer);
                return Exit.Done;
            }
        );
    }
}
