using System.Security.Cryptography;
using System.Text.Json;
using Fleet.Jobs.Rows;

namespace Fleet.Jobs;

/// <summary>
/// The JSON file beside a result that says where it came from and what it is, for archives. It is the job's own, as its caption and its
/// link are, so it lies in the job's row and not with the bytes that jobs share.
/// </summary>
static class MetadataFile
{
    const string Type = "application/json";

    static readonly JsonSerializerOptions Options = new(JobJson.Options) { WriteIndented = true };

    /// <param name="media">What the file is made of.</param>
    public static JobFile Of(JobClaim claim, JobMedia? media, JobFile file)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(
            new Document(
                claim.Source,
                claim.AudioSource,
                media,
                new(
                    file.Name,
                    file.SizeBytes,
                    file.ContentType,
                    Convert.ToHexStringLower(file.Sha256),
                    file.Container,
                    file.DurationMs,
                    file.Streams
                ),
                claim.JobId
            ),
            Options
        );
        return new JobFile
        {
            JobId = claim.JobId,
            Id = $"{file.Id}-metadata",
            Name = Path.ChangeExtension(file.Name, "json"),
            Content = content,
            SizeBytes = content.Length,
            ContentType = Type,
            Sha256 = SHA256.HashData(content),
            Streams = [],
        };
    }

    sealed record Document(string Link, string? AudioLink, JobMedia? Media, Result File, Guid JobId);

    sealed record Result(
        string Name,
        long SizeBytes,
        string ContentType,
        string Sha256,
        string? Container,
        long? DurationMs,
        IReadOnlyList<StreamInfo> Streams
    );
}
