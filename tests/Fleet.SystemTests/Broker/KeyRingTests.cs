using Fleet.Broker.Accounts;
using Fleet.Sessions;

namespace Fleet.SystemTests.Broker;

/// <summary>What a replica keeps in its memory to grant leases fast.</summary>
[Category("broker")]
public sealed class KeyRingTests
{
    static readonly CancellationToken None = CancellationToken.None;

    LeaseRig _rig = null!;

    [SetUp]
    public async Task StartAsync() => _rig = await LeaseRig.StartAsync(accounts: 0);

    [TearDown]
    public async Task StopAsync() => await _rig.DisposeAsync();

    [Test]
    public async Task A_key_is_read_once_and_again_after_it_was_replaced()
    {
        var id = await _rig.AddAsync();
        await _rig.Store.SaveDcKeyAsync(id, KeyOf(1), None);
        var first = await FindAsync(id);
        var second = await FindAsync(id);
        await _rig.Store.SaveDcKeyAsync(id, KeyOf(2), None);
        _rig.Time.Advance(AccountDirectory.MaxAge);

        var third = await FindAsync(id);

        Assert.That(second, Is.SameAs(first));
        Assert.That(third!.AuthKey, Is.EqualTo(KeyOf(2).AuthKey));
    }

    [Test]
    public async Task A_key_that_Telegram_refused_is_forgotten()
    {
        var id = await _rig.AddAsync();
        await _rig.Store.SaveDcKeyAsync(id, KeyOf(1), None);
        await FindAsync(id);

        await _rig.Store.DropDcKeyAsync(id, LeaseRig.Dc, _rig.Time.GetUtcNow() + TimeSpan.FromSeconds(1), None);
        _rig.Directory.Invalidate();

        Assert.That(await FindAsync(id), Is.Null);
    }

    [Test]
    public async Task Numbers_of_leases_are_never_given_twice_by_whatever_replica()
    {
        var (first, numbers) = (_rig.Fences, new List<long>());
        _rig.Open();
        for (var i = 0; i < 300; i++)
            numbers.AddRange(await Task.WhenAll(first.NextAsync(None), _rig.Fences.NextAsync(None)));

        Assert.That(numbers, Is.Unique);
    }

    async Task<DcKeyRecord?> FindAsync(string id)
    {
        var account = (await _rig.Directory.GetAsync(None)).Find(id)!;
        return await _rig.Keys.FindKeyAsync(account, LeaseRig.Dc, None);
    }

    static DcKeyRecord KeyOf(byte content)
    {
        var bytes = new byte[256];
        Array.Fill(bytes, content);
        return new DcKeyRecord { Dc = LeaseRig.Dc, AuthKey = bytes };
    }
}
