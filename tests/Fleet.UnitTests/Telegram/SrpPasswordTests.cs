using System.Numerics;
using System.Security.Cryptography;
using Fleet.Telegram;

namespace Fleet.UnitTests.Telegram;

[TestFixture]
[Category("engine")]
public sealed class SrpPasswordTests
{
    // A challenge that Telegram gave to an account with the password qwe123, published with its answer in mtcute's tests.
    const string Prime =
        "c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f48198a0aa7c14058229493d22530f4db"
        + "fa336f6e0ac925139543aed44cce7c3720fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f64"
        + "2477fe96bb2a941d5bcd1d4ac8cc49880708fa9b378e3c4f3a9060bee67cf9a4a4a695811051907e162753b56b0f6b41"
        + "0dba74d8a84b2a14b3144e0ef1284754fd17ed950d5965b4b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4"
        + "e418fc15e83ebea0f87fa9ff5eed70050ded2849f47bf959d956850ce929851f0d8115f635b105ee2e4e15d04b2454bf"
        + "6f4fadf034b10403119cd8e3b92fcc5b";

    const string Random =
        "29afd26df40fb8ed10b6b4ad6d56ef5df9453f88e6ee6adb6e0544ba635dc6a8a990c9b8b980c343936b33fa7f97bae0"
        + "25102532233abb269c489920ef99021b259ce3a2c964c5c8972b4a84ff96f3375a94b535a9468f2896e2080ac7a32ed5"
        + "8e910474a4b02415e07671cbb5bdd58a5dd26fd137c4c98b8c346571fae6ead39dfd612bd6b480b6723433f5218e9d6e"
        + "271591153fb3ffefc089f7e848d3f4633459fff66b33cf939e5655813149fa34be8625f9bc4814d1ee6cf40e4d0de229"
        + "1aa22e68c8ad8cc698103734f9aaf79f2bdc052a787a7a9b3629d1ed38750f88cb0481c0ba30a9c611672f9a4d1dc026"
        + "37abb4e98913ee810a3b152d3d75f25d";

    const string ServerValue =
        "1476a7b5991d7f028bbee33b3455cad3f2cd0eb3737409fcce92fa7d4cd5c733ec6d2cb3454e587d4c17eda2fd7ef9a5"
        + "7327215f38292cc8bd5dc77d3e1d31cddae2652f8347c4b0093f7c78242f70e6cc13137ee7acc257a49855a63113db8f"
        + "163992b9101551f3b6f7eb5d196cee3647c359553b1bcbe82ba8933c0fb1ac350243c535b8e634613e1f626ba8a6d141"
        + "ef957c859e71a117b557c0298bfbb107c91f71f5b4275fded58289aa1e87c612f44b7aa0b5e0de7def4458f58db80019"
        + "d2e7b181eb66dc270374af2d160dd0c53edd677b2701694d71ea8718c49df6a9dbe2cbae051ffc1986336cd26f11a8ab"
        + "426dfe0813d7b3f4eedf4e34182ccc3a";

    const string ExpectedA =
        "363976f55edb57cc5cc0c4aaca9b7539eff98a43a93fa84be34860d18ac3a80fffd57c4617896ff667677d0552a079eb"
        + "189d25d147ec96edd4495c946a18652d31d78eede40a8b29da340c19b32ccac78f8482406e392102c03d850d1db87223"
        + "2c144bfacadb58856971aafb70ca3aac4efa7f73977ddc50dfc0a2c76c0ac950728d58b8480fa89c701703855148fadd"
        + "885aaf1ca313ae3a3b2942de58a9a6fb9e3e65c7ac7a1b7f4e6aa4742b957f81927bd8cc761b76f90229dec34d6f15d3"
        + "4fa454aa69d9219d9c5fa3625f5c6f1ac03892a70aa17269c76cd9bf2949a961fad2a71e5fa961824b32db037130c7e9"
        + "aad4c1e9f02ebc5b832622f98b59597e";

    const string ExpectedProof = "25a91b21c634ad670a144165a9829192d152e131a716f676abc48cd817f508c6";

    static readonly SrpChallenge Challenge = new(
        Convert.FromHexString("9b3accc457c0d5288e8cff31eb21094048bc11902f6614dbb9afb839ee7641c37619537d8ebe749e"),
        Convert.FromHexString("6c619bb0786dc4ed1bf211d23f6e4065"),
        3,
        Convert.FromHexString(Prime),
        Convert.FromHexString(ServerValue)
    );

    [Test]
    public void The_password_hash_is_the_published_one()
    {
        var hash = SrpPassword.PasswordHash("qwe123", Challenge.Salt1, Challenge.Salt2);

        Assert.That(
            Convert.ToHexStringLower(hash),
            Is.EqualTo("750f1fe282965e63ce17b98427b35549fb864465211840f6a7c1f2fb657cc33b")
        );
    }

    [Test]
    public void The_answer_to_a_challenge_is_the_published_one()
    {
        // The published answer belongs to the salt that the test before it had made longer by 32 bytes of the same random.
        var random = Convert.FromHexString(Random);
        var challenge = Challenge with { Salt1 = [.. Challenge.Salt1, .. random[..32]] };

        var answer = SrpPassword.Answer(challenge, "qwe123", random);

        Assert.That(
            (Convert.ToHexStringLower(answer.A), Convert.ToHexStringLower(answer.M1)),
            Is.EqualTo((ExpectedA, ExpectedProof))
        );
    }

    static IEnumerable<TestCaseData> UnsafeChallenges()
    {
        TestCaseData Case(string what, SrpChallenge challenge) => new TestCaseData(challenge).SetArgDisplayNames(what);

        var p = new BigInteger(Challenge.P, isUnsigned: true, isBigEndian: true);
        yield return Case("server value 0", Challenge with { B = [0] });
        yield return Case("server value 1", Challenge with { B = [1] });
        yield return Case("server value p-1", Challenge with { B = Bytes(p - 1) });
        yield return Case("server value p", Challenge with { B = Bytes(p) });
        yield return Case("server value beyond p", Challenge with { B = [1, .. Bytes(p)] });
        yield return Case("generator of the wrong subgroup", Challenge with { G = 2 });
        yield return Case("generator out of range", Challenge with { G = 8 });
        yield return Case("short prime", Challenge with { P = Challenge.P[..255] });
        yield return Case("composite of the right size", Challenge with { P = Bytes(p - 24) });
        yield return Case("empty prime", Challenge with { P = [] });
    }

    [TestCaseSource(nameof(UnsafeChallenges))]
    public void A_challenge_that_would_give_the_password_away_is_not_answered(SrpChallenge challenge)
    {
        var random = RandomNumberGenerator.GetBytes(256);

        Assert.That(
            () => SrpPassword.Answer(challenge, "qwe123", random),
            Throws.TypeOf<LoginException>().With.Property("Code").EqualTo(LoginErrors.Unsafe)
        );
    }

    static byte[] Bytes(BigInteger value) => value.ToByteArray(isUnsigned: true, isBigEndian: true);
}
