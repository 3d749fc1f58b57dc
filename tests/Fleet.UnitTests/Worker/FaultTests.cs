using Fleet.Jobs;
using Fleet.Sessions;
using Fleet.Storage;
using Fleet.Telegram;
using Fleet.Worker;

namespace Fleet.UnitTests.Worker;

[Category("pipeline")]
public sealed class FaultTests
{
    static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    static IEnumerable<TestCaseData> Cases =>
        [
            new(new BrokerException("message_not_found"), "message_not_found", FaultClass.Permanent),
            new(new BrokerException("content_protected"), "content_protected", FaultClass.Permanent),
            new(new BrokerException("no_account"), "no_account", FaultClass.Capacity),
            new(new BrokerException("stale_fence"), "broker_unavailable", FaultClass.Transient),
            new(new BrokerException("unauthorized"), "broker_unavailable", FaultClass.Transient),
            new(new UnavailableException("x"), "telegram_unavailable", FaultClass.Transient),
            new(
                new MediaException(MediaErrors.PartLength, "x", Remedy.Later),
                "transfer_corrupt",
                FaultClass.Transient
            ),
            new(new MediaException(MediaErrors.HashMismatch, "x", Remedy.Later), "hash_mismatch", FaultClass.Transient),
            new(
                new MediaException(MediaErrors.Refused, "x", Remedy.None),
                "telegram_unavailable",
                FaultClass.Transient
            ),
            new(new StorageException(StorageError.Unavailable, "x"), "storage_unavailable", FaultClass.Transient),
            new(new StorageException(StorageError.SizeMismatch, "x"), "transfer_corrupt", FaultClass.Transient),
            new(new TransferException("x"), "transfer_corrupt", FaultClass.Transient),
            new(new IOException("x"), "disk_full", FaultClass.Transient),
            new(new InvalidOperationException("x"), "internal_error", FaultClass.Transient),
        ];

    [TestCaseSource(nameof(Cases))]
    public void Every_exception_means_a_registered_fault(Exception error, string code, FaultClass kind)
    {
        var fault = Fault.Of(error, "downloading", Now);

        Assert.That(
            (fault.Error.Code, JobFaults.Of(code).Code, JobFaults.Of(code).Class, fault.Error.Stage),
            Is.EqualTo((code, code, kind, "downloading"))
        );
    }

    [Test]
    public void Every_code_of_media_and_broker_is_registered_with_jobs()
    {
        var codes = Constants(typeof(Fleet.Media.MediaErrors)).Concat(Constants(typeof(BrokerCodes)));

        var mapped = codes
            .Select(code => Fault.Of(new BrokerException(code), "", Now).Error.Code)
            .Distinct(StringComparer.Ordinal);

        Assert.That(mapped, Is.SubsetOf(JobFaults.All.Select(f => f.Code)).And.Not.Contains(JobFaults.Internal));
    }

    [Test]
    public void A_wait_is_taken_from_the_broker_or_from_telegram()
    {
        var broker = Fault.Of(new BrokerException("flood", retryAt: Now.AddSeconds(40)), "", Now);
        var past = Fault.Of(new BrokerException("flood", retryAt: Now.AddSeconds(-1)), "", Now);
        var telegram = Fault.Of(new FloodException("upload.getFile", TimeSpan.FromSeconds(60)), "", Now);

        Assert.That(
            (broker.Wait, past.Wait, telegram.Wait),
            Is.EqualTo((TimeSpan.FromSeconds(40), (TimeSpan?)null, TimeSpan.FromSeconds(60)))
        );
    }

    [Test]
    public void Only_what_nobody_expects_is_a_bug_and_its_words_stay_inside()
    {
        var fault = Fault.Of(new InvalidOperationException("token=secret"), "", Now);

        Assert.That((fault.IsBug, fault.Error.Detail), Is.EqualTo((true, "InvalidOperationException")));
    }

    static IEnumerable<string> Constants(Type type) => type.GetFields().Select(f => (string)f.GetRawConstantValue()!);
}
