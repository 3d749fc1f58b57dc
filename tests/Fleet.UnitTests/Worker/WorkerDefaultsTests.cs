using Fleet.Telegram;
using Fleet.Worker;
using Microsoft.Extensions.Configuration;

namespace Fleet.UnitTests.Worker;

[Category("pipeline")]
public sealed class WorkerDefaultsTests
{
    [TestCase(null, true)]
    [TestCase("false", false)]
    [TestCase("true", true)]
    public void A_worker_verifies_unless_it_is_told_not_to(string? setting, bool verifies)
    {
        var configuration = new ConfigurationBuilder();
        if (setting is not null)
            configuration.AddInMemoryCollection([new("Download:VerifyHashes", setting)]);
        configuration.AddWorkerDefaults();

        var options = configuration.Build().GetSection("Download").Get<DownloadOptions>()!;

        Assert.That(options.VerifyHashes, Is.EqualTo(verifies));
    }
}
