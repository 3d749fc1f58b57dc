using Fleet.Tl;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;
using Fleet.Tl.Mtp;

namespace Fleet.UnitTests.Tl;

/// <summary>
/// Bytes by others: the key exchange sample of core.telegram.org/mtproto/samples-auth_key, and what the TL writer of
/// npm @mtcute/tl 223.0.0 makes of the same values.
/// </summary>
[Category("engine")]
public sealed class TlKnownBytesTests
{
    const string Nonce = "3E0549828CCA27E966B301A48FECE2FC";
    const string ServerNonce = "A5CF4D33F4A11EA877BA4AA573907330";
    const string NewNonce = "311C85DB234AA2640AFC4A76A735CF5B1F0FD68BD17FA181E1229AD867CC024D";

    static IEnumerable<TestCaseData> Samples()
    {
        yield return new TestCaseData(new ReqPq { Nonce = Hex(Nonce) }, "78974660" + Nonce).SetName("{m}(req_pq)");
        yield return new TestCaseData(
            new ResPQ
            {
                Nonce = Hex(Nonce),
                ServerNonce = Hex(ServerNonce),
                Pq = Hex("17ED48941A08F981"),
                ServerPublicKeyFingerprints = [unchecked((long)0xc3b42b026ce86b21)],
            },
            "63241605" + Nonce + ServerNonce + "0817ED48941A08F981000000" + "15C4B51C01000000216BE86C022BB4C3"
        ).SetName("{m}(resPQ)");
        yield return new TestCaseData(
            new PQInnerData
            {
                Pq = Hex("17ED48941A08F981"),
                P = Hex("494C553B"),
                Q = Hex("53911073"),
                Nonce = Hex(Nonce),
                ServerNonce = Hex(ServerNonce),
                NewNonce = Hex(NewNonce),
            },
            "EC5AC983"
                + "0817ED48941A08F981000000"
                + "04494C553B000000"
                + "0453911073000000"
                + Nonce
                + ServerNonce
                + NewNonce
        ).SetName("{m}(p_q_inner_data)");
        foreach (var sample in NotInPackage())
            yield return sample;
        yield return new TestCaseData(
            FirstCall(),
            "0d0d9bdadf000000a95ecdc10000000001000000016d0000017300000131000002656e000000000002656e006b18f9c4"
        ).SetName("{m}(invokeWithLayer)");
        yield return new TestCaseData(
            GetFile(),
            "be3553be030000008475d0ba0100925deb618d49d6ffffffffffffff0301020300000000000010000000000000001000"
        ).SetName("{m}(upload.getFile)");
        yield return new TestCaseData(
            VideoMessage(),
            "8264e53a00460004021000007b000000017800001e37a5a2d20296490000000001f1536500000000d9ccd85241000000"
                + "d8c4d48f000000000100925deb618d49d6ffffffffffffff0301020300f1536510766964656f2f782d6d6174726f736b61"
                + "00000000000010000000000400000015c4b51c02000000680059150ed184d0b8d0bbd18cd0bc2e6d6b7600487cc5430200"
                + "00000000000000404e4000050000d00200000700000001000000"
        ).SetName("{m}(message)");
    }

    /// <summary>What @mtcute/tl has no right bytes of, composed by hand from core.telegram.org/schema/mtproto.</summary>
    static IEnumerable<TestCaseData> NotInPackage()
    {
        yield return new TestCaseData(
            new PQInnerDataTemp
            {
                Pq = Hex("17ED48941A08F981"),
                P = Hex("494C553B"),
                Q = Hex("53911073"),
                Nonce = Hex(Nonce),
                ServerNonce = Hex(ServerNonce),
                NewNonce = Hex(NewNonce),
                ExpiresIn = 3600,
            },
            "D4846A3C"
                + "0817ED48941A08F981000000"
                + "04494C553B000000"
                + "0453911073000000"
                + Nonce
                + ServerNonce
                + NewNonce
                + "100E0000"
        ).SetName("{m}(p_q_inner_data_temp)");
        yield return new TestCaseData(
            new ServerDHParamsFail
            {
                Nonce = Hex(Nonce),
                ServerNonce = Hex(ServerNonce),
                NewNonceHash = Hex(Nonce),
            },
            "5D04CB79" + Nonce + ServerNonce + Nonce
        ).SetName("{m}(server_DH_params_fail)");
        yield return new TestCaseData(
            new MsgResendAnsReq { MsgIds = [0x0102030405060708] },
            "EBBA1086" + "15C4B51C01000000" + "0807060504030201"
        ).SetName("{m}(msg_resend_ans_req)");
        yield return new TestCaseData(
            new FutureSalts
            {
                ReqMsgId = 1,
                Now = 2,
                Salts =
                [
                    new FutureSalt
                    {
                        ValidSince = 3,
                        ValidUntil = 4,
                        Salt = 5,
                    },
                ],
            },
            "950850AE" + "0100000000000000" + "02000000" + "01000000" + "03000000" + "04000000" + "0500000000000000"
        ).SetName("{m}(future_salts)");
        yield return new TestCaseData(
            new RpcResult { ReqMsgId = 1, Result = Hex("B5757299") },
            "016D5CF3" + "0100000000000000" + "B5757299"
        ).SetName("{m}(rpc_result)");
        yield return new TestCaseData(new GzipPacked { PackedData = [1, 2, 3] }, "A1CF7230" + "03010203").SetName(
            "{m}(gzip_packed)"
        );
    }

    [TestCaseSource(nameof(Samples))]
    public void Objects_are_written_as_others_write_them(TlObject value, string hex)
    {
        Assert.That(Convert.ToHexString(TlBytes.Of(value)), Is.EqualTo(hex).IgnoreCase);
    }

    [TestCaseSource(nameof(Samples))]
    public void Bytes_of_others_are_read_and_written_unchanged(TlObject value, string hex)
    {
        var read = TlBytes.Read(Hex(hex));

        Assert.That(read, Is.InstanceOf(value.GetType()));
        Assert.That(Convert.ToHexString(TlBytes.Of(read)), Is.EqualTo(hex).IgnoreCase);
    }

    [Test]
    public void Flags_and_second_flags_land_in_their_properties()
    {
        var message = (Message)TlBytes.Read(TlBytes.Of(VideoMessage()));

        Assert.That((message.Post, message.Noforwards, message.Out), Is.EqualTo((true, true, false)));
        Assert.That((message.Offline, message.FromRank, message.Effect), Is.EqualTo((true, "x", (long?)null)));
        Assert.That((message.Views, message.TtlPeriod), Is.EqualTo(((int?)7, (int?)null)));
    }

    static InvokeWithLayer FirstCall() =>
        new()
        {
            Layer = 223,
            Query = new InitConnection
            {
                ApiId = 1,
                DeviceModel = "m",
                SystemVersion = "s",
                AppVersion = "1",
                SystemLangCode = "en",
                LangPack = "",
                LangCode = "en",
                Query = new HelpGetConfig(),
            },
        };

    static UploadGetFile GetFile() =>
        new()
        {
            Precise = true,
            CdnSupported = true,
            Location = new InputDocumentFileLocation
            {
                Id = 5300000000000000001,
                AccessHash = -42,
                FileReference = [1, 2, 3],
                ThumbSize = "",
            },
            Offset = 1 << 20,
            Limit = 1 << 20,
        };

    static Message VideoMessage() =>
        new()
        {
            Post = true,
            Noforwards = true,
            Offline = true,
            Id = 123,
            FromRank = "x",
            PeerId = new PeerChannel { ChannelId = 1234567890 },
            Date = 1700000001,
            MessageValue = "",
            Views = 7,
            Forwards = 1,
            Media = new MessageMediaDocument
            {
                Video = true,
                Document = new Document
                {
                    Id = 5300000000000000001,
                    AccessHash = -42,
                    FileReference = [1, 2, 3],
                    Date = 1700000000,
                    MimeType = "video/x-matroska",
                    Size = 256 << 20,
                    DcId = 4,
                    Attributes =
                    [
                        new DocumentAttributeFilename { FileName = "фильм.mkv" },
                        new DocumentAttributeVideo
                        {
                            SupportsStreaming = true,
                            Duration = 60.5,
                            W = 1280,
                            H = 720,
                        },
                    ],
                },
            },
        };

    static byte[] Hex(string hex) => Convert.FromHexString(hex);
}
