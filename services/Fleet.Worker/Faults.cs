using Fleet.Jobs;
using Fleet.Sessions;
using Fleet.Storage;
using Fleet.Telegram;

namespace Fleet.Worker;

/// <summary>How an attempt that failed is to be ended.</summary>
/// <param name="Wait">For flood and capacity: how long.</param>
/// <param name="IsBug">Nothing that the code expects: worth a stack trace in the log.</param>
sealed record Fault(JobError Error, TimeSpan? Wait = null, bool IsBug = false)
{
    /// <summary>What the exception that ended an attempt means for the job. Details hold no secret: our own messages only.</summary>
    public static Fault Of(Exception error, string stage, DateTimeOffset now) =>
        error switch
        {
            BrokerException e => Known(BrokerCode(e.Code), e.Message, stage, e.RetryAt - now),
            FloodException e => Known("flood", e.Message, stage, e.RetryAfter),
            TelegramException e => Known(TelegramCode(e), e.Message, stage),
            StorageException e => Known(StorageCode(e.Error), $"The store answered: {e.Error}.", stage),
            Media.MediaException e => Known(e.Code, e.Message, stage),
            NotOneFileException e => Known("not_one_file", e.Message, stage),
            TransferException e => Known("transfer_corrupt", e.Message, stage),
            IOException e => Known("disk_full", $"The work directory failed: {e.GetType().Name}.", stage),
            _ => Known(JobFaults.Internal, error.GetType().Name, stage) with { IsBug = true },
        };

    static Fault Known(string code, string detail, string stage, TimeSpan? wait = null) =>
        new(JobError.Of(code, detail) with { Stage = stage }, wait > TimeSpan.Zero ? wait : null);

    /// <summary>The broker's codes are faults of jobs under the same names, but for those that only a program can make, or an
    /// operator.</summary>
    static string BrokerCode(string code) =>
        code
            is BrokerCodes.StaleFence
                or BrokerCodes.Unauthorized
                or BrokerCodes.BadRequest
                or BrokerCodes.AccountNotFound
                or BrokerCodes.AccountState
            ? BrokerCodes.BrokerUnavailable
            : code;

    static string TelegramCode(TelegramException error) =>
        error.Code switch
        {
            MediaErrors.HashMismatch => error.Code,
            MediaErrors.PartLength or MediaErrors.PartContent or MediaErrors.ProtocolViolation => "transfer_corrupt",
            _ => "telegram_unavailable",
        };

    static string StorageCode(StorageError error) =>
        error is StorageError.SizeMismatch or StorageError.PartMismatch ? "transfer_corrupt" : "storage_unavailable";
}

/// <summary>The bytes that arrived are not the file's: too few, too many, or not what was stored.</summary>
sealed class TransferException(string message) : Exception(message);

/// <summary>A link whose file is to be joined with another one holds several.</summary>
sealed class NotOneFileException(string message) : Exception(message);
