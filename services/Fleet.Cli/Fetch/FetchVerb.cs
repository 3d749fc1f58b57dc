using Fleet.MtProto;
using Fleet.Telegram;

namespace Fleet.Cli;

/// <summary>`fleet fetch`: the engine alone, from a link to a file.</summary>
static class FetchVerb
{
    const string Help = """
        Downloads the file behind a Telegram link, with no service running.

        Usage: fleet fetch LINK OUT [options]
          OUT is a file, or a directory to use the file's own name in. It appears only when it is complete.
          A link to an album, a range or an album of stories leads to several files: OUT is a directory then, and
          each is reported as it was alone. ?single takes one item of an album.

          --api-id N --api-hash H   the application, from my.telegram.org
          --phone P [--code C]      log in as a user; without --code the code is asked for
          --password W              two-step password; without it it is asked for when needed
          --bot-token T             log in as a bot
          --session FILE            go on with this login; a new login is saved there (mode 0600)
          --dc ID=HOST:PORT[,media][,obfuscated]
                                    address of a data centre, repeatable; default: Telegram's
          --key PEM                 RSA public key of the server, repeatable; default: Telegram's
          --transport T             intermediate (default), padded, abridged, full, obfuscated, obfuscated-padded or
                                    obfuscated-abridged
          --proxy P                 socks5://[user:password@]host:port or a tg://proxy?… or tg://socks?… link
          --connections N           connections to the file's data centre, 1 to 32; default 2, with Premium 8
          --quality Q               of a video: best, a height such as 720, or a size such as 50000000bytes: the best
                                    within it, the smallest when none is; default: the file that was posted
          --thumb                   the largest picture of the file instead of the file
          --takeout                 read in a takeout session, in which Telegram floods less; the account's owner may
                                    have to allow it in an app first
          --verify                  check every part against Telegram's hashes; costs a SHA-256 of every byte
          --json                    print one JSON object per file, a line each

        Exit codes: 0 done, 1 failed, 2 wrong arguments, 130 interrupted.
        """;

    public static Verb Verb { get; } =
        new("fetch", "Download the file behind a link, without any service.", Help, RunAsync);

    static async Task<int> RunAsync(string[] args, CancellationToken ct)
    {
        var json = args.Contains("--json", StringComparer.Ordinal);
        try
        {
            var options = FetchOptions.Parse(args);
            var reports = await new FetchRun(options, TimeProvider.System).RunAsync(ct);
            var texts = reports.Select(report => json ? report.ToJson() : report.ToText());
            await Console.Out.WriteLineAsync(string.Join(json ? "\n" : "\n\n", texts));
            return Exit.Done;
        }
        catch (LinkException e)
        {
            return await FailAsync(json, e.Code, e.Message, Exit.Usage);
        }
        catch (TelegramException e)
        {
            return await FailAsync(json, e.Code, e.Message, Exit.Failed);
        }
        catch (MtProtoException e)
        {
            return await FailAsync(json, "telegram_refused", e.Message, Exit.Failed);
        }
        catch (IOException e)
        {
            return await FailAsync(json, "output_failed", e.Message, Exit.Failed);
        }
    }

    static async Task<int> FailAsync(bool json, string code, string message, int exit)
    {
        await Console.Error.WriteLineAsync($"fetch: {code}: {message}");
        if (json)
            await Console.Out.WriteLineAsync(new FetchFailure(code, message).ToJson());
        return exit;
    }
}
