using System.Security.Cryptography;
using Fleet.MtProto;
using Fleet.Tl;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;
using Fleet.Tl.Mtp;
using Fleet.UnitTests.Tl;
using ProtocolViolationException = Fleet.MtProto.ProtocolViolationException;

namespace Fleet.UnitTests.MtProto;

/// <summary>gzip_packed, out and in.</summary>
[Category("engine")]
sealed class PackingTests
{
    const int Unpacked = 1 << 20;

    [Test]
    public void A_large_call_is_packed_with_what_it_is_wrapped_in()
    {
        var bench = new Bench(o => o with { WithoutUpdates = true });
        Ask(bench, new byte[2000]);

        var sent = bench.Flush().Single();

        Assert.That((sent.Body as GzipPacked)?.PackedData, Has.Length.LessThan(600));
        Assert.That(TlBytes.Read(Wire.Unpack(((GzipPacked)sent.Body).PackedData)), Is.InstanceOf<InvokeWithLayer>());
        Assert.That((sent.Call is UploadGetFile, sent.IsCall), Is.EqualTo((true, true)));
    }

    [Test]
    public void Large_calls_in_a_container_are_packed_one_by_one()
    {
        var bench = Bench.Introduced();
        Ask(bench, new byte[2000]);
        Ask(bench, new byte[10]);
        Ask(bench, new byte[3000]);

        var calls = bench.Flush().Where(m => m.IsCall).ToList();

        Assert.That(calls.Select(m => m.Body is GzipPacked), Is.EqualTo(new[] { true, false, true }));
        Assert.That(calls.Select(m => m.Call), Is.All.InstanceOf<UploadGetFile>());
    }

    [Test]
    public void A_call_that_packing_would_not_shorten_goes_as_it_is()
    {
        var bench = Bench.Introduced();
        Ask(bench, RandomNumberGenerator.GetBytes(4000));

        Assert.That(bench.Flush().Single(m => m.IsCall).Body, Is.InstanceOf<UploadGetFile>());
    }

    // Everything of the call but the reference is 48 bytes.
    [TestCase(972, false)]
    [TestCase(976, true)]
    public void A_call_below_1_KiB_is_not_worth_packing(int referenceBytes, bool packed)
    {
        var bench = Bench.Introduced();
        Ask(bench, new byte[referenceBytes]);

        var body = bench.Flush().Single(m => m.IsCall).Body;

        Assert.That(
            (TlBytes.Of(Bench.Question(0, referenceBytes)).Length >= 1024, body is GzipPacked),
            Is.EqualTo((packed, packed))
        );
    }

    [Test]
    public void Packed_messages_are_taken_alone_and_in_containers([Values] bool zlib, [Values] bool container)
    {
        var bench = Bench.Introduced();
        var call = bench.Call(7, CancellationToken.None);
        var packed = Wire.Pack(TlBytes.Of(Bench.Result(bench.Flush().Single(m => m.IsCall))), zlib);

        bench.Send(container ? bench.Container(packed, new Pong { MsgId = 1, PingId = 1 }) : packed);

        Assert.That(ResultOf(call), Is.EqualTo(7));
    }

    /// <summary>Each of 100 bombs was within the limit of one object, and together they cost 100 times as much.</summary>
    [Test]
    public void Bombs_share_the_budget_of_their_frame([Values] bool results)
    {
        var bench = Bench.Introduced(o => o with { MaxUnpackedBytes = 2 * Unpacked });
        var bomb = Wire.Pack([.. TlBytes.Of(new Pong { MsgId = 1, PingId = 1 }), .. new byte[Unpacked - 20]]);
        TlObject one = results ? new RpcResult { ReqMsgId = 4, Result = TlBytes.Of(bomb) } : bomb;
        bench.Send(bench.Container(one, one)); // as much as is allowed
        bench.Send(bench.Container(one, one)); // and again in the next frame
        var before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.Throws<ProtocolViolationException>(() =>
            bench.Send(bench.Container(Enumerable.Repeat(one, 100)))
        );

        Assert.That(error!.Violation, Is.EqualTo(Violation.Packed));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(8 * Unpacked));
    }

    [Test]
    public void Packed_objects_of_one_frame_are_counted()
    {
        var bench = Bench.Introduced();
        var result = new RpcResult { ReqMsgId = 4, Result = TlBytes.Of(Wire.Pack(new byte[4])) };
        var twice = Wire.Pack(TlBytes.Of(result)); // two objects each
        bench.Send(bench.Container(Enumerable.Repeat(twice, 510)));

        var error = Assert.Throws<ProtocolViolationException>(() =>
            bench.Send(bench.Container(Enumerable.Repeat(twice, 511)))
        );

        Assert.That(error!.Violation, Is.EqualTo(Violation.Packed));
    }

    static void Ask(Bench bench, byte[] reference)
    {
        var question = new UploadGetFile
        {
            Location = new InputDocumentFileLocation
            {
                Id = 1,
                AccessHash = 2,
                FileReference = reference,
                ThumbSize = "",
            },
            Offset = 0,
            Limit = 4096,
        };
        _ = bench.Session.CallAsync(question, new Sinks.Discard(), CancellationToken.None).AsTask();
    }

#pragma warning disable VSTHRD002 // it is complete
    static int ResultOf(ValueTask<int> call) => call.IsCompleted ? call.GetAwaiter().GetResult() : -1;
#pragma warning restore VSTHRD002
}
