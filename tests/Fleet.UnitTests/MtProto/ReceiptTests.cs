using System.Security.Cryptography;
using Fleet.MtProto;
using Fleet.Tl.Mtp;
using Fleet.UnitTests.Tl;

namespace Fleet.UnitTests.MtProto;

/// <summary>What the specification wants checked of every message received.</summary>
[Category("engine")]
sealed class ReceiptTests
{
    [TestCase(-404, Recovery.NewAuthKey)]
    [TestCase(-429, Recovery.Retry)]
    [TestCase(-444, Recovery.None)]
    public async Task A_transport_error_ends_the_connection_with_its_code(int code, Recovery recovery)
    {
        await using var peer = await Peer.ConnectAsync();
        var answer = peer.AskAsync();
        await peer.ReadCallAsync();

        await peer.SendFrameAsync(BitConverter.GetBytes(code));

        var error = Assert.ThrowsAsync<TransportErrorException>(() => answer);
        Assert.That((error!.Code, error.Recovery), Is.EqualTo((code, recovery)));
    }

    [TestCase(3)]
    [TestCase(0)]
    [TestCase(2_097_153)]
    [TestCase(int.MaxValue)]
    public async Task A_declared_length_out_of_bounds_ends_the_connection_before_any_of_it_comes(int length)
    {
        await using var peer = await Peer.ConnectAsync();

        await peer.SendBytesAsync(BitConverter.GetBytes(length));

        Assert.That(await peer.ViolationAsync(), Is.EqualTo(Violation.FrameLength));
    }

    [TestCase(1)]
    [TestCase(4)]
    [TestCase(100)]
    public async Task A_stream_that_ends_inside_a_frame_is_not_a_normal_end(int bytes)
    {
        await using var peer = await Peer.ConnectAsync();

        byte[] frame = [.. BitConverter.GetBytes(1000), .. new byte[1000]];
        await peer.SendBytesAsync(frame[..bytes]);
        peer.Close();

        Assert.That(await peer.ViolationAsync(), Is.EqualTo(Violation.TruncatedStream));
    }

    [TestCase(24, Violation.FrameLength)]
    [TestCase(41, Violation.FrameLength)]
    [TestCase(88, Violation.AuthKeyId)]
    public async Task Garbage_ends_the_connection(int length, Violation violation)
    {
        await using var peer = await Peer.ConnectAsync();

        await peer.SendFrameAsync([.. Enumerable.Repeat((byte)7, length)]);

        Assert.That(await peer.ViolationAsync(), Is.EqualTo(violation));
    }

    [Test]
    public async Task A_message_that_was_not_made_with_the_key_ends_the_connection()
    {
        await using var peer = await Peer.ConnectAsync();

        await peer.SendFrameAsync([.. BitConverter.GetBytes(Peer.Key.Id), .. RandomNumberGenerator.GetBytes(80)]);

        Assert.That(await peer.ViolationAsync(), Is.EqualTo(Violation.MessageKey));
    }

    [Test]
    public async Task A_message_of_another_session_ends_the_connection()
    {
        await using var peer = await Peer.ConnectIntroducedAsync();

        await peer.SendAsync(Pong, peer.NextId(), sessionId: peer.SessionId + 1);

        Assert.That(await peer.ViolationAsync(), Is.EqualTo(Violation.SessionId));
    }

    [Test]
    public async Task An_even_message_id_ends_the_connection()
    {
        await using var peer = await Peer.ConnectIntroducedAsync();

        await peer.SendAsync(Pong, peer.NextId() - 1);

        Assert.That(await peer.ViolationAsync(), Is.EqualTo(Violation.MessageIdParity));
    }

    // Before the body stands a header of 32 bytes, and the whole is a multiple of 16.
    [TestCase(20, 12, true)]
    [TestCase(20, 1020, true)]
    [TestCase(32, 16, true)]
    [TestCase(32, 1024, true)]
    [TestCase(28, 4, false)]
    [TestCase(24, 8, false)]
    [TestCase(32, 0, false)]
    [TestCase(20, 1036, false)]
    [TestCase(24, 1032, false)]
    public async Task Padding_has_12_to_1024_bytes(int body, int padding, bool allowed)
    {
        await using var peer = await Peer.ConnectIntroducedAsync();

        await peer.SendAsync([.. Pong, .. new byte[body - Pong.Length]], peer.NextId(), padding: padding);
        peer.Close();

        Assert.That(await peer.ViolationAsync(), Is.EqualTo(allowed ? null : Violation.MessageLength));
    }

    [Test]
    public async Task A_message_is_acted_on_once_however_often_it_comes()
    {
        await using var peer = await Peer.ConnectIntroducedAsync();
        var id = peer.NextId();

        await peer.SendAsync(RecoveryTests.BadSalt(1, 10), id);
        await peer.SendAsync(RecoveryTests.BadSalt(1, 20), id);

        Assert.That(await SaltAfterAsync(peer), Is.EqualTo(10));
    }

    [TestCase(300, true)]
    [TestCase(302, false)]
    [TestCase(-30, true)]
    [TestCase(-32, false)]
    public async Task A_message_not_of_this_time_is_ignored(int ageSeconds, bool taken)
    {
        await using var peer = await Peer.ConnectIntroducedAsync(o => o with { ServerSalt = 5 });

        await peer.SendAsync(RecoveryTests.BadSalt(1, 10), peer.NextId(TimeSpan.FromSeconds(ageSeconds)));

        Assert.That(await SaltAfterAsync(peer), Is.EqualTo(taken ? 10 : 5));
    }

    [Test]
    public async Task A_container_is_taken_apart()
    {
        await using var peer = await Peer.ConnectIntroducedAsync();
        var answer = peer.AskAsync();
        var call = await peer.ReadCallAsync();

        await peer.SendAsync(
            Container(RecoveryTests.BadSalt(1, 10), Peer.Result(call, Peer.Nearest(3)), peer),
            peer.NextId(),
            seqNo: 2
        );

        Assert.That(((await answer).NearestDcValue, peer.Connection.ServerSalt), Is.EqualTo((3, 10L)));
    }

    [Test]
    public async Task A_container_in_a_container_ends_the_connection()
    {
        await using var peer = await Peer.ConnectIntroducedAsync();
        var inner = new MsgContainer { Messages = [] };

        await peer.SendAsync(Container(inner, inner, peer), peer.NextId());

        Assert.That(await peer.ViolationAsync(), Is.EqualTo(Violation.Container));
    }

    [TestCase("dcf8f1730100000001000000000000000100000000010000")]
    [TestCase("dcf8f173ffffffff")]
    [TestCase("dcf8f173fd030000")]
    public async Task A_container_that_lies_about_its_size_ends_the_connection(string body)
    {
        await using var peer = await Peer.ConnectIntroducedAsync();

        await peer.SendAsync(Convert.FromHexString(body), peer.NextId());

        Assert.That(await peer.ViolationAsync(), Is.EqualTo(Violation.Container));
    }

    [TestCase("dcf8f17301000000")]
    [TestCase("11f8efa701000000")]
    [TestCase("016d5cf301000000")]
    public async Task A_service_message_cut_short_ends_the_connection(string body)
    {
        await using var peer = await Peer.ConnectIntroducedAsync();

        await peer.SendAsync(Convert.FromHexString(body), peer.NextId());

        Assert.That(await peer.ViolationAsync(), Is.EqualTo(Violation.Content));
    }

    [Test]
    public async Task What_nobody_asked_for_is_ignored()
    {
        await using var peer = await Peer.ConnectIntroducedAsync();

        await peer.SendAsync(Convert.FromHexString("7dbc5178"), peer.NextId());
        await peer.SendAsync(new RpcResult { ReqMsgId = 12, Result = Pong });
        await peer.SendBytesAsync([1, 2, 3, 0x80]);

        Assert.That(await SaltAfterAsync(peer), Is.Zero);
    }

    static byte[] Pong => TlBytes.Of(new Pong { MsgId = 1, PingId = 2 });

    static byte[] Container(Fleet.Tl.TlObject first, Fleet.Tl.TlObject second, Peer peer) =>
        TlBytes.Of(
            new MsgContainer
            {
                Messages =
                [
                    new ContainedMessage(peer.NextId(), 1, TlBytes.Of(first)),
                    new ContainedMessage(peer.NextId(), 3, TlBytes.Of(second)),
                ],
            }
        );

    /// <summary>The salt in use once everything sent so far was read, which the answer to one more call proves.</summary>
    static async Task<long> SaltAfterAsync(Peer peer)
    {
        var answer = peer.AskAsync();
        await peer.AnswerAsync(await peer.ReadCallAsync(), 0);
        await answer;
        return peer.Connection.ServerSalt;
    }
}
