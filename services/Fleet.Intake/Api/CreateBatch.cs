using Fleet.Hosting;
using Fleet.Jobs;
using Fleet.Telegram;
using LinkParser = Fleet.Telegram.LinkParser;

namespace Fleet.Intake.Api;

/// <summary>The body of POST /v1/batches.</summary>
public sealed record CreateBatchRequest
{
    /// <summary>1 to 1000 links. A range (t.me/name/10-20, at most 100 messages) gives one job per message, every other link gives one job.</summary>
    public required IReadOnlyList<string> Links { get; init; }

    /// <summary>What to make of each.</summary>
    public JobOptions? Options { get; init; }

    /// <summary>bulk (default) or interactive.</summary>
    public JobQueue Queue { get; init; } = JobQueue.Bulk;

    /// <summary>Your own name for the batch and its jobs, at most 255 characters.</summary>
    public string? ClientRef { get; init; }

    /// <summary>At most 16 pairs of your own, given to each job; names up to 64 and values up to 512 characters.</summary>
    public Dictionary<string, string>? Metadata { get; init; }

    /// <summary>An http(s) address that hears of the end of each job, besides your webhook endpoints.</summary>
    public string? WebhookUrl { get; init; }
}

/// <summary>Checks a request without asking anybody.</summary>
static class CreateBatchRules
{
    /// <summary>The batch that a request asks for: a job for each link that can be one.</summary>
    /// <exception cref="ProblemException">validation_failed: with every fault, or when no link can be a job.</exception>
    public static NewBatch Check(CreateBatchRequest request, Caller caller)
    {
        if (request.Links.Count is 0 or > BatchStore.MaxJobs || request.Links.Any(link => link is null))
            throw TooMany();
        var first = JobFor(request, "");
        CreateJobRules.CheckAllButLink(first);
        CreateJobRules.CheckPermission(first, caller);

        var jobs = new List<NewJob>();
        var refused = new List<RefusedLink>();
        foreach (var (index, link) in request.Links.Index())
        {
            try
            {
                jobs.AddRange(Expand(link).Select(l => CreateJobRules.Check(JobFor(request, l), caller)));
            }
            catch (ProblemException e)
            {
                refused.Add(new RefusedLink(index, Shortened(link), e.Type.Code, e.Message));
            }
            if (jobs.Count > BatchStore.MaxJobs)
                throw TooMany();
        }
        return jobs.Count > 0
            ? new NewBatch
            {
                TenantId = caller.TenantId,
                ClientRef = request.ClientRef,
                Jobs = jobs,
                Refused = refused,
            }
            : throw new ProblemException(IntakeProblems.ValidationFailed, "No link of the batch can be downloaded.")
            {
                Errors = [.. refused.Select(r => new ProblemItem($"/links/{r.Index}", $"{r.Code}: {r.Detail}"))],
            };
    }

    /// <summary>The links of a range one by one: only the message itself, since the range names its neighbours too.</summary>
    static IEnumerable<string> Expand(string link)
    {
        try
        {
            return LinkParser.Parse(link) is MessageRangeLink range
                ? Enumerable
                    .Range(range.First, range.Last - range.First + 1)
                    .Select(id => new MessageLink(range.Chat, id) { Single = true }.Canonical)
                : [link];
        }
        catch (LinkException e)
        {
            throw new ProblemException(IntakeProblems.Of(e.Code), e.Message);
        }
    }

    static CreateJobRequest JobFor(CreateBatchRequest request, string link) =>
        new()
        {
            Source = new JobSource(link),
            Options = request.Options,
            Queue = request.Queue,
            ClientRef = request.ClientRef,
            Metadata = request.Metadata,
            WebhookUrl = request.WebhookUrl,
        };

    static string Shortened(string link) => link.Length <= 200 ? link : link[..200];

    static ProblemException TooMany() =>
        new(IntakeProblems.ValidationFailed, $"/links: 1 to {BatchStore.MaxJobs} jobs.")
        {
            Errors = [new ProblemItem("/links", $"1 to {BatchStore.MaxJobs} links; a range counts as its messages.")],
        };
}
