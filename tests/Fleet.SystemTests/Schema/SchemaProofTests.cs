using System.Text.Json.Nodes;
using Fleet.Fuzz;
using Fleet.SystemTests.Foreign;
using Fleet.Tl;
using Fleet.Tl.Methods;
using Fleet.Tl.Mtp;

namespace Fleet.SystemTests.Schema;

/// <summary>
/// Our TL against the runtime of npm @mtcute/tl, which has its own generator and its own code: what one writes, the
/// other reads and writes again, byte for byte the same; every constructor and method that we generate but the few named
/// here, whose bytes TlKnownBytesTests and TlWriterTests know.
/// </summary>
[Category("engine")]
sealed class SchemaProofTests
{
    const int Seed = 20261122;
    const int Rounds = 4;
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    /// <summary>The package has no declaration of these; mtcute does them by hand or not at all.</summary>
    static readonly Type[] NotInPackage =
    [
        typeof(RpcResult),
        typeof(MsgContainer),
        typeof(GzipPacked),
        typeof(PQInnerData),
        typeof(PQInnerDataTemp),
        typeof(ServerDHParamsFail),
        typeof(MsgResendAnsReq),
        typeof(ReqPq),
    ];

    /// <summary>
    /// Bare vectors are broken in the package: it calls their elements without the reader or writer, and leaves four
    /// bytes too many behind an empty one.
    /// </summary>
    static readonly Type[] BrokenInPackage = [typeof(FutureSalts)];

    static readonly IReadOnlyList<Type> Compared = [.. TlSamples.Classes.Except([.. NotInPackage, .. BrokenInPackage])];

    [Test]
    public async Task What_the_npm_package_writes_we_read_and_write_the_same()
    {
        var answer = await RunAsync(TlSamples.Classes.Except(BrokenInPackage), []);

        var encoded = answer["encoded"]!.AsArray();
        Assert.That(encoded.Where(e => Differs(e!)).Select(e => e!.ToJsonString()), Is.Empty);
        Assert.That(encoded.Select(e => (uint)e!["id"]!).ToHashSet(), Is.EquivalentTo(Compared.Select(IdOf)));
        Assert.That(encoded, Has.Count.GreaterThan(Rounds * Compared.Count));
        await TestContext.Out.WriteLineAsync(
            $"{Compared.Count} of {TlSamples.Classes.Count} constructors and methods, {encoded.Count} objects"
        );
    }

    [Test]
    public async Task What_we_write_the_npm_package_reads_and_writes_the_same([Values] bool full)
    {
        var samples = new TlSamples(Seed);
        var objects = Compared.Select(t => Convert.ToHexStringLower(Bytes(samples.Make(t, full)))).ToList();

        var answer = await RunAsync([], objects);

        Assert.That(
            answer["rewritten"]!.AsArray().Select(r => (string?)r!["hex"] ?? (string)r["error"]!),
            Is.EqualTo(objects)
        );
        Assert.That(objects, Has.Count.EqualTo(TlSamples.Classes.Count - NotInPackage.Length - BrokenInPackage.Length));
    }

    static bool Differs(JsonNode encoded)
    {
        if (encoded["hex"] is null)
            return true;
        var bytes = Convert.FromHexString((string)encoded["hex"]!);
        try
        {
            var reader = new TlReader(bytes);
            var read = reader.ReadObject();
            return read.ConstructorId != (uint)encoded["id"]! || !Bytes(read).AsSpan().SequenceEqual(bytes);
        }
        catch (TlException)
        {
            return true;
        }
    }

    static Task<JsonNode> RunAsync(IEnumerable<Type> classes, IEnumerable<string> objects) =>
        ForeignClients.RunNodeAsync(
            "schema-proof.mjs",
            [],
            new JsonObject
            {
                ["seed"] = Seed,
                ["rounds"] = Rounds,
                ["ids"] = new JsonArray([.. classes.Select(t => JsonValue.Create(IdOf(t)))]),
                ["objects"] = new JsonArray([.. objects.Select(o => JsonValue.Create(o))]),
            }.ToJsonString(),
            Deadline
        );

    static uint IdOf(Type type) => (uint)type.GetField(nameof(InvokeWithLayer.TlId))!.GetRawConstantValue()!;

    static byte[] Bytes(TlObject value)
    {
        using var writer = new TlWriter();
        value.Write(writer);
        return writer.WrittenSpan.ToArray();
    }
}
