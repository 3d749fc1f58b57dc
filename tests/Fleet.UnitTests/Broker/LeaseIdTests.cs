using Fleet.Broker.Leases;

namespace Fleet.UnitTests.Broker;

[Category("broker")]
public sealed class LeaseIdTests
{
    [Test]
    public void A_name_is_read_as_it_was_written()
    {
        var id = LeaseId.New(4, 2, DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(5), 26) with
        {
            Account = "a0123456789",
        };

        Assert.That(id.ToString(), Does.StartWith("a0123456789.4.2.5000.0000001a"));
        Assert.That(LeaseId.ParseOrNull(id.ToString()), Is.EqualTo(id));
    }

    [TestCase(1)]
    [TestCase(0x1_0000_0000)]
    [TestCase(long.MaxValue)]
    public void A_name_is_of_its_own_fence_only(long fence)
    {
        var id = LeaseId.New(4, 2, DateTimeOffset.UnixEpoch, fence) with { Account = "a" };

        var read = LeaseId.ParseOrNull(id.ToString())!;

        Assert.That((read.IsOf(fence), read.IsOf(fence - 1)), Is.EqualTo((true, false)));
    }

    [TestCase("")]
    [TestCase("a")]
    [TestCase("a.4.2.5000")]
    [TestCase(".4.2.5000.01234567")]
    [TestCase("a.4.3.5000.01234567")]
    [TestCase("a.4.0.5000.01234567")]
    [TestCase("a.-4.2.5000.01234567")]
    [TestCase("a.4.2.x.01234567")]
    [TestCase("a.4.2.5000.0123456")]
    [TestCase("a.4.2.5000.01234567.1")]
    [TestCase("a.4.2.99999999999999999999.01234567")]
    public void Anything_else_is_no_name(string text) => Assert.That(LeaseId.ParseOrNull(text), Is.Null);

    [Test]
    public void An_endless_text_is_no_name() =>
        Assert.That(LeaseId.ParseOrNull(new string('a', 200) + ".4.2.5000.01234567"), Is.Null);

    [TestCase(0, 2)]
    [TestCase(1, 1)]
    [TestCase(20_000_000, 1)]
    [TestCase(20_000_001, 2)]
    public void Large_files_and_those_of_unknown_size_weigh_twice(long bytes, int weight) =>
        Assert.That(LeaseRules.WeightOf(bytes), Is.EqualTo(weight));
}
