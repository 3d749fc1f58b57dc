using System.Text.Json;
using Fleet.Jobs;
using Fleet.Storage;

namespace Fleet.Worker;

/// <summary>What the next attempt of a job can build on.</summary>
/// <param name="Finished">Files that are stored, by position in the message.</param>
/// <param name="Unfinished">The upload of the file after them.</param>
sealed record Checkpoint(IReadOnlyList<StoredFile> Finished, UnfinishedFile? Unfinished)
{
    public static Checkpoint Empty { get; } = new([], null);

    public string ToJson() => JsonSerializer.Serialize(this, JobJson.Options);

    /// <summary>Empty when there is none, or when another version wrote one that this one cannot read.</summary>
    public static Checkpoint Read(string? json)
    {
        try
        {
            var read = json is null ? null : JsonSerializer.Deserialize<Checkpoint>(json, JobJson.Options);
            return read is { Finished: not null } ? read : Empty;
        }
        catch (JsonException)
        {
            return Empty;
        }
    }
}

/// <summary>An upload of original bytes that an earlier attempt began.</summary>
/// <param name="DocumentId">Whose bytes: another document starts anew.</param>
sealed record UnfinishedFile(long DocumentId, MultipartUpload Upload, FileDescription Description);

/// <summary>A file in the store, with everything that the job's result says of it.</summary>
sealed record StoredFile(long DocumentId, string Key, long SizeBytes, byte[] Sha256, FileDescription Description);
