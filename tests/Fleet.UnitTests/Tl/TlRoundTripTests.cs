using Fleet.Fuzz;
using Fleet.Tl;
using Fleet.Tl.Api;
using Fleet.Tl.Mtp;

namespace Fleet.UnitTests.Tl;

/// <summary>What holds for every generated class.</summary>
[Category("engine")]
public sealed class TlRoundTripTests
{
    const int Seed = 20261122;
    const int Rounds = 6;

    [Test]
    public void Every_class_comes_back_from_its_own_bytes([Values] bool full)
    {
        var samples = new TlSamples(Seed);
        foreach (var type in TlSamples.Classes)
        {
            var bytes = TlBytes.Of(samples.Make(type, full));

            var read = TlBytes.Read(bytes);

            Assert.That(read, Is.InstanceOf(type));
            Assert.That(TlBytes.Of(read), Is.EqualTo(bytes), type.Name);
        }
        Assert.That(TlSamples.Classes, Has.Count.GreaterThan(900));
    }

    /// <summary>rpc_result runs to the end of what there is, so it has no truncation of its own.</summary>
    [Test]
    public void Truncations_of_every_class_are_refused()
    {
        var samples = new TlSamples(Seed);
        foreach (var type in TlSamples.Classes.Where(t => t != typeof(RpcResult)))
        {
            var bytes = TlBytes.Of(samples.Make(type, full: true));

            Assert.That(Cuts(bytes, step: 1 + bytes.Length / 30), Has.All.Not.Null, type.Name);
        }
    }

    [Test]
    public void Every_truncation_of_a_message_is_refused()
    {
        var bytes = TlBytes.Of(new TlSamples(Seed).Make(typeof(Message), full: true));

        Assert.That(Cuts(bytes, step: 1), Has.All.Not.Null);
    }

    [Test]
    public void Damaged_bytes_are_read_or_refused_and_never_anything_else()
    {
        var samples = new TlSamples(Seed);
        var random = new Random(Seed);
        foreach (var type in TlSamples.Classes)
        {
            var bytes = TlBytes.Of(samples.Make(type, full: true));
            for (var round = 0; round < Rounds; round++)
            {
                var damaged = bytes.ToArray();
                for (var hits = random.Next(1, 5); hits > 0; hits--)
                {
                    damaged[random.Next(4, Math.Max(5, damaged.Length)) % damaged.Length] = (byte)random.Next();
                }
                TlBytes.FaultOf(damaged);
            }
        }
        Assert.Pass();
    }

    [Test]
    public void Garbage_behind_a_known_id_is_read_or_refused_and_never_anything_else()
    {
        var samples = new TlSamples(Seed);
        var random = new Random(Seed);
        foreach (var id in TlSamples.Classes.Select(t => samples.Make(t, full: false).ConstructorId))
        {
            for (var round = 0; round < Rounds; round++)
            {
                var garbage = new byte[random.Next(4, 200)];
                random.NextBytes(garbage);
                BitConverter.TryWriteBytes(garbage, id);
                TlBytes.FaultOf(garbage);
            }
        }
        Assert.Pass();
    }

    [Test]
    public void No_class_shows_its_content_as_text()
    {
        Assert.That(
            TlSamples.Classes.Where(t =>
                t.GetMethod(nameof(ToString), Type.EmptyTypes)!.DeclaringType != typeof(object)
            ),
            Is.Empty
        );
    }

    /// <summary>An error says where and what kind, with no byte of the input but an unknown id.</summary>
    [Test]
    public void An_error_shows_nothing_of_the_content()
    {
        var bytes = TlBytes.Of(new InputUser { UserId = 1, AccessHash = 2 });

        Assert.That(
            () => TlBytes.Read(bytes.AsSpan(0, 18)),
            Throws.InstanceOf<TlException>().With.Message.EqualTo("Truncated: 8 bytes needed at 12, 6 left")
        );
    }

    static List<TlFault?> Cuts(byte[] bytes, int step) =>
        [.. Enumerable.Range(0, bytes.Length).Where(n => n % step == 0).Select(n => TlBytes.FaultOf(bytes[..n]))];
}
