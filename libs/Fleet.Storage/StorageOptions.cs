using System.ComponentModel.DataAnnotations;

namespace Fleet.Storage;

/// <summary>Which of the two stores is used.</summary>
public enum StorageKind
{
    Directory,
    S3,
}

/// <summary>Settings of the object store, section "Storage". Secrets never leave it: ToString shows the kind only.</summary>
public sealed record StorageOptions : IValidatableObject
{
    /// <summary>directory (default): files under <see cref="Directory"/>; s3: a bucket.</summary>
    public StorageKind Kind { get; init; } = StorageKind.Directory;

    /// <summary>Directory store: absolute path, on one file system, shared by workers and Intake.</summary>
    public string? Directory { get; init; }

    /// <summary>Directory store: address under which clients reach Intake; links begin with it.</summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>Directory store: secret that signs links, at least 32 characters, the same in every process.</summary>
    public string? LinkKey { get; init; }

    /// <summary>S3 store: address of the server, for example http://127.0.0.1:9000; unset means AWS by region.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>S3 store: address of the same server as clients reach it; links begin with it. Default: Endpoint.</summary>
    public Uri? PublicEndpoint { get; init; }

    /// <summary>S3 store: name of the bucket; created by `migrate` when missing.</summary>
    public string? Bucket { get; init; }

    /// <summary>S3 store: access key id. A long-lived key: links die with a session token.</summary>
    public string? AccessKey { get; init; }

    /// <summary>S3 store: secret access key.</summary>
    public string? SecretKey { get; init; }

    /// <summary>S3 store: region in signatures. Default us-east-1.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>S3 store: deadline of one request, a part included. Default 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:05", "01:00:00")]
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromMinutes(5);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        Kind == StorageKind.Directory ? ValidateDirectory() : ValidateS3();

    IEnumerable<ValidationResult> ValidateDirectory()
    {
        if (Directory is null || !Path.IsPathFullyQualified(Directory))
            yield return new("Storage:Directory must be an absolute path", [nameof(Directory)]);
        if (PublicUrl is null || !IsHttp(PublicUrl))
            yield return new("Storage:PublicUrl must be an http(s) address", [nameof(PublicUrl)]);
        if (LinkKey is null || LinkKey.Length < LinkSigner.MinKeyLength)
            yield return new("Storage:LinkKey must have at least 32 characters", [nameof(LinkKey)]);
    }

    IEnumerable<ValidationResult> ValidateS3()
    {
        if (string.IsNullOrEmpty(Bucket))
            yield return new("Storage:Bucket must be set", [nameof(Bucket)]);
        if (string.IsNullOrEmpty(AccessKey) || string.IsNullOrEmpty(SecretKey))
            yield return new("Storage:AccessKey and Storage:SecretKey must be set", [nameof(AccessKey)]);
        if (Endpoint is not null && !IsHttp(Endpoint))
            yield return new("Storage:Endpoint must be an http(s) address", [nameof(Endpoint)]);
        if (PublicEndpoint is not null && !IsHttp(PublicEndpoint))
            yield return new("Storage:PublicEndpoint must be an http(s) address", [nameof(PublicEndpoint)]);
    }

    static bool IsHttp(Uri uri) => uri.IsAbsoluteUri && uri.Scheme is "http" or "https";

    public override string ToString() => $"StorageOptions {{ Kind = {Kind} }}";
}
