using Fleet.Hosting;
using Fleet.Jobs;
using Fleet.Telegram;
using LinkParser = Fleet.Telegram.LinkParser;

namespace Fleet.Intake.Api;

/// <summary>The body of POST /v1/jobs.</summary>
public sealed record CreateJobRequest
{
    /// <summary>Where the file comes from.</summary>
    public required JobSource Source { get; init; }

    /// <summary>What to make of it.</summary>
    public JobOptions? Options { get; init; }

    /// <summary>interactive (default) or bulk.</summary>
    public JobQueue Queue { get; init; }

    /// <summary>Your own name for the job, at most 255 characters.</summary>
    public string? ClientRef { get; init; }

    /// <summary>At most 16 pairs of your own, names up to 64 and values up to 512 characters.</summary>
    public Dictionary<string, string>? Metadata { get; init; }

    /// <summary>An http(s) address that hears of the end of this job, besides your webhook endpoints.</summary>
    public string? WebhookUrl { get; init; }
}

/// <summary>Checks a request without asking anybody.</summary>
static class CreateJobRules
{
    const int MaxPairs = 16;
    const int MaxPairName = 64;
    const int MaxPairValue = 512;
    const int MaxClientRef = 255;
    const int MaxFileName = 200;
    const int MaxLanguages = 8;
    const int MaxLanguage = 35;
    const int MaxHeight = 16_384;
    const int MaxAudioIndex = 63;

    /// <summary>The job that a request asks for.</summary>
    /// <exception cref="ProblemException">validation_failed with every fault, or a link_* code.</exception>
    public static NewJob Check(CreateJobRequest request, Caller caller)
    {
        CheckAllButLink(request);
        CheckPermission(request, caller);
        CheckLink(request.Source.Link);
        if (request.Source.AudioLink is { } audio)
            CheckLink(audio);
        return new NewJob
        {
            TenantId = caller.TenantId,
            Source = request.Source.Link.Trim(),
            AudioSource = request.Source.AudioLink?.Trim(),
            Options = request.Options ?? new JobOptions(),
            Queue = request.Queue,
            ClientRef = request.ClientRef,
            Metadata = request.Metadata,
            WebhookUrl = request.WebhookUrl,
        };
    }

    /// <summary>What a request holds besides its link.</summary>
    /// <exception cref="ProblemException">validation_failed with every fault.</exception>
    public static void CheckAllButLink(CreateJobRequest request)
    {
        var options = request.Options ?? new JobOptions();
        ProblemItem[] faults =
        [
            .. OptionFaults(options),
            .. AudioLinkFaults(request.Source, options),
            .. NameFaults(request.ClientRef, request.Metadata),
            .. WebhookUrls.Faults("/webhook_url", request.WebhookUrl),
        ];
        Throw(faults);
    }

    /// <summary>The client's own words about a job.</summary>
    /// <exception cref="ProblemException">validation_failed with every fault.</exception>
    public static void CheckNames(string? clientRef, Dictionary<string, string>? metadata) =>
        Throw([.. NameFaults(clientRef, metadata)]);

    static IEnumerable<ProblemItem> NameFaults(string? clientRef, Dictionary<string, string>? metadata) =>
        [.. MetadataFaults(metadata), .. TextFaults("/client_ref", clientRef, MaxClientRef)];

    static void Throw(ProblemItem[] faults)
    {
        if (faults.Length > 0)
        {
            throw new ProblemException(IntakeProblems.ValidationFailed, faults[0].Pointer + ": " + faults[0].Detail)
            {
                Errors = faults,
            };
        }
    }

    /// <summary>Whether the caller may ask for that.</summary>
    /// <exception cref="ProblemException">transcode_forbidden.</exception>
    public static void CheckPermission(CreateJobRequest request, Caller caller)
    {
        if (request.Options is { AllowTranscode: true } && !caller.MayTranscode)
        {
            throw new ProblemException(
                IntakeProblems.TranscodeForbidden,
                "Ask the operator, or leave out allow_transcode."
            );
        }
    }

    static void CheckLink(string link)
    {
        try
        {
            if (LinkParser.Parse(link) is LiveStoryLink or BotStartLink)
            {
                throw new ProblemException(
                    IntakeProblems.LinkUnsupported,
                    "A live story or a bot holds no file that could be downloaded."
                );
            }
        }
        catch (LinkException e)
        {
            throw new ProblemException(IntakeProblems.Of(e.Code), e.Message);
        }
    }

    static IEnumerable<ProblemItem> OptionFaults(JobOptions options)
    {
        foreach (var fault in TextFaults("/options/file_name", options.FileName, MaxFileName))
            yield return fault;
        if (options.FileName is { } name && (name.Trim().Length == 0 || name.AsSpan().ContainsAny('/', '\\')))
            yield return new ProblemItem("/options/file_name", "A name, not a path.");
        foreach (var place in FileNameTemplate.Unknown(options.FileName ?? ""))
        {
            yield return new ProblemItem(
                "/options/file_name",
                $"There is no {{{place}}}; there are {string.Join(", ", FileNameTemplate.Places)}."
            );
        }
        if (options.Quality is { MaxHeight: < 1 or > MaxHeight })
            yield return new ProblemItem("/options/quality/max_height", $"1 to {MaxHeight}.");
        if (options.Quality is { MaxBytes: < 1 })
            yield return new ProblemItem("/options/quality/max_bytes", "At least 1.");
        if (options.Audio is { Index: < 0 or > MaxAudioIndex })
            yield return new ProblemItem("/options/audio/index", $"0 to {MaxAudioIndex}.");
        if (options.Audio.Languages.Count > MaxLanguages)
            yield return new ProblemItem("/options/audio/languages", $"At most {MaxLanguages} languages.");
        if (!options.Audio.Languages.All(IsLanguage))
            yield return new ProblemItem("/options/audio/languages", "Language tags such as de or pt-BR.");
    }

    static IEnumerable<ProblemItem> AudioLinkFaults(JobSource source, JobOptions options)
    {
        if (source.AudioLink is not null && options.Container is (ResultContainer.Original or ResultContainer.Audio))
            yield return new ProblemItem(
                "/options/container",
                "A file with another sound is auto, mp4, fmp4, mkv or webm."
            );
    }

    static bool IsLanguage(string tag) =>
        tag is { Length: >= 2 and <= MaxLanguage } && tag.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    static IEnumerable<ProblemItem> MetadataFaults(Dictionary<string, string>? metadata)
    {
        if (metadata is null)
            yield break;
        if (metadata.Count > MaxPairs)
            yield return new ProblemItem("/metadata", $"At most {MaxPairs} pairs.");
        foreach (var (name, value) in metadata.Take(MaxPairs))
        {
            if (name.Length is 0 or > MaxPairName || name.Any(char.IsControl))
                yield return new ProblemItem("/metadata", $"Names have 1 to {MaxPairName} characters.");
            foreach (var fault in TextFaults($"/metadata/{name}", value, MaxPairValue))
                yield return fault;
        }
    }

    static IEnumerable<ProblemItem> TextFaults(string pointer, string? text, int longest)
    {
        if (text is not null && (text.Length > longest || text.Any(char.IsControl)))
            yield return new ProblemItem(pointer, $"At most {longest} characters, no control characters.");
    }
}

/// <summary>The form of addresses that webhooks are sent to. Whether one may be called is decided when it is called, by the Notifier.</summary>
static class WebhookUrls
{
    const int MaxLength = 2048;

    public static IEnumerable<ProblemItem> Faults(string pointer, string? url)
    {
        if (url is not null && !IsAcceptable(url))
            yield return new ProblemItem(pointer, "An absolute http or https address without user name and fragment.");
    }

    static bool IsAcceptable(string url) =>
        url.Length <= MaxLength
        && !url.Any(c => char.IsControl(c) || char.IsWhiteSpace(c))
        && Uri.TryCreate(url, UriKind.Absolute, out var uri)
        && uri.Scheme is "https" or "http"
        && uri is { UserInfo: "", Fragment: "", Host.Length: > 0 };
}
