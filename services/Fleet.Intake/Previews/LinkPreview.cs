using System.Text;
using Fleet.Hosting;
using Fleet.Telegram;
using Microsoft.Extensions.Options;

namespace Fleet.Intake.Previews;

/// <summary>
/// Reads the public page of a message. The address is made of the link's parts and the configured site: nothing that a caller writes is ever
/// called, and a redirect is not followed.
/// </summary>
sealed class LinkPreview(IHttpClientFactory clients, IOptions<PreviewOptions> options, TimeProvider time)
{
    /// <summary>Name of the client that reads pages.</summary>
    public const string HttpClient = "preview";

    /// <summary>What the page says; null when the link has no public page, or the page says nothing of itself.</summary>
    /// <exception cref="ProblemException">unavailable.</exception>
    public async Task<OpenGraph?> ReadOrNullAsync(TelegramLink link, CancellationToken ct)
    {
        if (PageOrNull(link) is not { } page)
            return null;
        using var deadline = new CancellationTokenSource(options.Value.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, ct);
        try
        {
            using var answer = await clients
                .CreateClient(HttpClient)
                .GetAsync(page, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return answer.IsSuccessStatusCode ? OpenGraph.ReadOrNull(await ReadStartAsync(answer, either.Token)) : null;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new ProblemException(CommonProblems.Unavailable, "The public page cannot be read at the moment.");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new ProblemException(CommonProblems.Unavailable, "The public page did not come in time.");
        }
    }

    Uri? PageOrNull(TelegramLink link) =>
        link switch
        {
            MessageLink { Chat: PublicChat chat, MessageId: var id } => new(
                options.Value.Site,
                FormattableString.Invariant($"{chat.Username}/{id}")
            ),
            MessageRangeLink { Chat: PublicChat chat, First: var id } => new(
                options.Value.Site,
                FormattableString.Invariant($"{chat.Username}/{id}")
            ),
            StoryLink { Owner: var owner, StoryId: var id } => new(
                options.Value.Site,
                FormattableString.Invariant($"{owner.Username}/s/{id}")
            ),
            StoryAlbumLink { Owner: var owner } => new(options.Value.Site, owner.Username),
            _ => null,
        };

    async Task<string> ReadStartAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        var buffer = new byte[options.Value.MaxBytes];
        await using var body = await answer.Content.ReadAsStreamAsync(ct);
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
        return Encoding.UTF8.GetString(buffer, 0, length);
    }
}
