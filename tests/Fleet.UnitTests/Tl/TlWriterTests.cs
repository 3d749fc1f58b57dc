using Fleet.Tl;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;
using Fleet.Tl.Mtp;

namespace Fleet.UnitTests.Tl;

[Category("engine")]
public sealed class TlWriterTests
{
    [Test]
    public void Byte_strings_of_every_length_come_back(
        [Values(0, 1, 2, 3, 4, 253, 254, 255, 256, 257, 1 << 20)] int length
    )
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);

        var bytes = TlBytes.Of(w => w.WriteBytes(content));

        Assert.That(bytes, Has.Length.EqualTo(((length < 254 ? 1 : 4) + length + 3) / 4 * 4));
        Assert.That(TlBytes.Read(bytes, static (ref TlReader r) => r.ReadBytes()), Is.EqualTo(content));
    }

    [Test]
    public void The_longest_byte_string_has_24_bits_of_length()
    {
        using var w = new TlWriter();

        w.WriteBytes(new byte[TlSchema.MaxBytes]);

        Assert.That(w.WrittenSpan[..4].ToArray(), Is.EqualTo(new byte[] { 254, 255, 255, 255 }));
        Assert.That(() => w.WriteBytes(new byte[TlSchema.MaxBytes + 1]), Refused(TlFault.TooLarge));
    }

    [Test]
    public void A_message_has_a_largest_size()
    {
        using var w = new TlWriter();
        w.WriteRaw(new byte[TlWriter.MaxLength]);

        Assert.That(() => w.WriteInt32(0), Refused(TlFault.TooLarge));
    }

    [Test]
    public void Padding_is_zero_in_a_buffer_that_was_used_before()
    {
        using var w = new TlWriter();
        w.WriteRaw([.. Enumerable.Repeat((byte)0xff, 64)]);
        w.Reset();

        w.ReserveBytes(5).Fill(7);

        Assert.That(w.WrittenSpan.ToArray(), Is.EqualTo(new byte[] { 5, 7, 7, 7, 7, 7, 0, 0 }));
    }

    [Test]
    public void Values_of_fixed_size_have_that_size()
    {
        using var w = new TlWriter();

        Assert.That(() => w.WriteInt128(new byte[15]), Refused(TlFault.BadLength));
        Assert.That(() => w.WriteInt256(new byte[33]), Refused(TlFault.BadLength));
    }

    [Test]
    public void After_dispose_nothing_is_written()
    {
        var w = new TlWriter();
        w.Dispose();
        w.Dispose();

        Assert.That(() => w.WriteInt32(1), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void Fields_of_one_flag_are_written_all_or_none()
    {
        var half = new CodeSettings { Token = "t" };
        var whole = new CodeSettings { Token = "t", AppSandbox = false };

        Assert.That(() => TlBytes.Of(half), Refused(TlFault.Inconsistent));
        Assert.That(((CodeSettings)TlBytes.Read(TlBytes.Of(whole))).AppSandbox, Is.False);
    }

    [Test]
    public void A_wrapped_call_is_found_by_its_server()
    {
        var call = new InvokeWithLayer
        {
            Layer = TlSchema.Layer,
            Query = new InvokeWithoutUpdates { Query = new UsersGetUsers { Id = [new InputUserSelf()] } },
        };

        var received = TlBytes.Read(TlBytes.Of(call));
        while (received is TlWrapper wrapper)
        {
            received = wrapper.Query;
        }

        Assert.That(received, Is.InstanceOf<UsersGetUsers>());
    }

    [Test]
    public void A_method_reads_its_own_answer()
    {
        var answer = TlBytes.Of(w => w.WriteVector<UserBase>([new UserEmpty { Id = 5 }]));

        var users = TlBytes.Read(answer, static (ref TlReader r) => new UsersGetUsers { Id = [] }.ReadResult(ref r));

        Assert.That(((UserEmpty)users.Single()).Id, Is.EqualTo(5));
    }

    [Test]
    public void A_container_keeps_the_bodies_as_bytes()
    {
        var ping = TlBytes.Of(new Ping { PingId = 1 });
        var container = new MsgContainer { Messages = [new(10, 1, ping), new(14, 3, [1, 2, 3, 4])] };

        var read = (MsgContainer)TlBytes.Read(TlBytes.Of(container));

        Assert.That(read.Messages.Select(m => (m.MsgId, m.SeqNo)), Is.EqualTo(new[] { (10L, 1), (14L, 3) }));
        Assert.That(read.Messages[0].Body, Is.EqualTo(ping));
    }

    [TestCase(0, -4, ExpectedResult = TlFault.BadLength)]
    [TestCase(0, 6, ExpectedResult = TlFault.BadLength)]
    [TestCase(0, 1 << 25, ExpectedResult = TlFault.BadLength)]
    [TestCase(0, 400, ExpectedResult = TlFault.Truncated)]
    [TestCase(1019, 0, ExpectedResult = null)]
    [TestCase(1020, 0, ExpectedResult = TlFault.TooLarge)]
    public TlFault? A_container_has_at_most_1020_messages_of_whole_words(int empty, int lastLength) =>
        TlBytes.FaultOf(
            TlBytes.Of(w =>
            {
                w.WriteUInt32(MsgContainer.TlId);
                w.WriteInt32(empty + 1);
                for (var i = 0; i <= empty; i++)
                {
                    w.WriteInt64(i);
                    w.WriteInt32(0);
                    w.WriteInt32(i == empty ? lastLength : 0);
                }
            })
        );

    static NUnit.Framework.Constraints.Constraint Refused(TlFault fault) =>
        Throws.InstanceOf<TlException>().With.Property(nameof(TlException.Reason)).EqualTo(fault);
}
