namespace Fleet.Storage;

/// <summary>Why a storage call failed.</summary>
public enum StorageError
{
    /// <summary>No object under the key.</summary>
    NotFound,

    /// <summary>The upload was completed, aborted or swept: start a new one.</summary>
    NoSuchUpload,

    /// <summary>The key is not a valid <see cref="ObjectKey"/>.</summary>
    InvalidKey,

    /// <summary>The range begins outside the object.</summary>
    BadRange,

    /// <summary>A part is missing, was replaced or has the wrong size: list the parts and send what is missing.</summary>
    PartMismatch,

    /// <summary>The object that came out has another size than its parts: never publish it.</summary>
    SizeMismatch,

    /// <summary>Wrong credentials or rights, or no such bucket: an operator must act.</summary>
    Refused,

    /// <summary>The disk or the quota is full.</summary>
    Full,

    /// <summary>Network failure, timeout, 5xx or throttling.</summary>
    Unavailable,
}

/// <summary>A storage call failed. The message names keys and codes, never credentials or links.</summary>
public sealed class StorageException(StorageError error, string message, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>What happened.</summary>
    public StorageError Error => error;

    /// <summary>True when the same call may succeed later without anybody's help.</summary>
    public bool IsTransient => error is StorageError.Unavailable or StorageError.Full;
}
