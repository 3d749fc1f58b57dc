using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using Fleet.Emulator.Crypto;
using Fleet.Emulator.Wire;
using Fleet.MtProto.Crypto;
using Fleet.Tl;

namespace Fleet.UnitTests.Emulator;

/// <summary>The server's side of the key exchange against the older form of a client, which our own engine does not send.</summary>
/// <remarks>https://core.telegram.org/mtproto/auth_key</remarks>
[Category("engine")]
sealed class KeyExchangeServerTests
{
    static readonly RsaServerKey Rsa = RsaServerKey.Create(privateKeyFile: null);

    [TestCase(Mtp.ReqPq, Mtp.PqInnerData, null)]
    [TestCase(Mtp.ReqPqMulti, Mtp.PqInnerData, null)]
    [TestCase(Mtp.ReqPqMulti, Mtp.PqInnerDataDc, null)]
    [TestCase(Mtp.ReqPqMulti, Mtp.PqInnerDataTemp, 86_400)]
    [TestCase(Mtp.ReqPqMulti, Mtp.PqInnerDataTempDc, 86_400)]
    public void Inner_data_of_every_form_in_the_sha1_envelope_makes_a_key(uint request, uint innerData, int? expiresIn)
    {
        var client = new OldClient(new KeyExchange(Rsa, TimeProvider.System));

        var (made, key, hashIsRight) = client.Exchange(request, innerData);

        Assert.That((made.Key, made.ExpiresIn, hashIsRight), Is.EqualTo((key, expiresIn, true)));
    }

    [Test]
    public void A_key_that_starts_with_a_zero_byte_keeps_it()
    {
        var client = new OldClient(new KeyExchange(Rsa, TimeProvider.System));

        var (made, key, hashIsRight) = client.Exchange(Mtp.ReqPqMulti, Mtp.PqInnerData, leadingZero: true);

        Assert.That((made.Key.Length, made.Key[0], hashIsRight), Is.EqualTo((256, 0, true)));
        Assert.That(made.Key, Is.EqualTo(key));
    }

    /// <summary>A client of the first days: inner data behind its SHA-1, and random bytes behind both.</summary>
    sealed class OldClient(KeyExchange server)
    {
        static readonly BigInteger Prime = BigNumbers.Prime;
        readonly byte[] _nonce = RandomNumberGenerator.GetBytes(16);
        readonly byte[] _newNonce = RandomNumberGenerator.GetBytes(32);
        byte[] _serverNonce = [];

        public (NewAuthKey Made, byte[] Key, bool HashIsRight) Exchange(
            uint request,
            uint innerData,
            bool leadingZero = false
        )
        {
            var (p, q) = AskForPq(request);
            var (share, time) = SendInnerData(innerData, p, q);
            Assert.That(time, Is.GreaterThan(0));
            var (own, shared) = Shares(share, leadingZero);
            var answer = Send(w => WriteClientShare(w, own), Mtp.DhGenOk, out var made);
            byte[] input = [.. _newNonce, 1, .. SHA1.HashData(shared).AsSpan(0, 8)];
            var hash = answer.AsSpan(36, 16);
            return (made!, shared, hash.SequenceEqual(SHA1.HashData(input).AsSpan(4)));
        }

        (uint P, uint Q) AskForPq(uint request)
        {
            using var writer = new TlWriter();
            writer.WriteUInt32(request);
            writer.WriteInt128(_nonce);
            using var answer = new TlWriter();
            Assert.That(server.Answer(writer.WrittenSpan, answer), Is.Null);
            var reader = new TlReader(answer.WrittenSpan);
            Assert.That(reader.ReadUInt32(), Is.EqualTo(Mtp.ResPq));
            Assert.That(reader.ReadInt128(), Is.EqualTo(_nonce));
            _serverNonce = reader.ReadInt128();
            Assert.That(
                PrimeFactors.TrySplit(
                    BinaryPrimitives.ReadUInt64BigEndian(reader.ReadBytesSpan()),
                    out var p,
                    out var q
                ),
                Is.True
            );
            return (p, q);
        }

        (BigInteger Share, int Time) SendInnerData(uint constructor, uint p, uint q)
        {
            using var inner = new TlWriter();
            inner.WriteUInt32(constructor);
            inner.WriteBytes(BigEndian((ulong)p * q, 8));
            inner.WriteBytes(BigEndian(p, 4));
            inner.WriteBytes(BigEndian(q, 4));
            inner.WriteInt128(_nonce);
            inner.WriteInt128(_serverNonce);
            inner.WriteInt256(_newNonce);
            if (constructor is Mtp.PqInnerDataDc or Mtp.PqInnerDataTempDc)
                inner.WriteInt32(2);
            if (constructor is Mtp.PqInnerDataTemp or Mtp.PqInnerDataTempDc)
                inner.WriteInt32(86_400);
            var sealedData = SealedBySha1(inner.WrittenSpan);
            var answer = Send(
                w =>
                {
                    w.WriteUInt32(Mtp.ReqDhParams);
                    w.WriteInt128(_nonce);
                    w.WriteInt128(_serverNonce);
                    w.WriteBytes(BigEndian(p, 4));
                    w.WriteBytes(BigEndian(q, 4));
                    w.WriteInt64(Rsa.Fingerprint);
                    w.WriteBytes(sealedData);
                },
                Mtp.ServerDhParamsOk,
                out _
            );
            var reader = new TlReader(answer.AsSpan(36));
            var data = reader.ReadBytes();
            var (key, iv) = TemporaryKey();
            Fleet.Emulator.Crypto.Ige.Decrypt(key, iv, data);
            var shares = new TlReader(data.AsSpan(20));
            Assert.That(shares.ReadUInt32(), Is.EqualTo(Mtp.ServerDhInnerData));
            shares.ReadRaw(32);
            Assert.That(shares.ReadInt32(), Is.EqualTo(BigNumbers.Generator));
            Assert.That(BigNumbers.FromBytes(shares.ReadBytesSpan()), Is.EqualTo(Prime));
            return (BigNumbers.FromBytes(shares.ReadBytesSpan()), shares.ReadInt32());
        }

        /// <summary>Our share and the key; the next secret is one multiplication away, so a key with a zero in front is near.</summary>
        static (byte[] Own, byte[] Key) Shares(BigInteger share, bool leadingZero)
        {
            var secret = BigNumbers.Random(32);
            var own = BigInteger.ModPow(BigNumbers.Generator, secret, Prime);
            var shared = BigInteger.ModPow(share, secret, Prime);
            while (leadingZero != BigNumbers.ToBytes(shared)[0] is 0)
            {
                own = own * BigNumbers.Generator % Prime;
                shared = shared * share % Prime;
            }
            return (BigNumbers.ToBytes(own), BigNumbers.ToBytes(shared));
        }

        void WriteClientShare(TlWriter writer, byte[] share)
        {
            using var inner = new TlWriter();
            inner.WriteUInt32(Mtp.ClientDhInnerData);
            inner.WriteInt128(_nonce);
            inner.WriteInt128(_serverNonce);
            inner.WriteInt64(0);
            inner.WriteBytes(share);
            byte[] data = [.. SHA1.HashData(inner.WrittenSpan), .. inner.WrittenSpan];
            Array.Resize(ref data, (data.Length + 15) / 16 * 16);
            var (key, iv) = TemporaryKey();
            Fleet.Emulator.Crypto.Ige.Encrypt(key, iv, data);
            writer.WriteUInt32(Mtp.SetClientDhParams);
            writer.WriteInt128(_nonce);
            writer.WriteInt128(_serverNonce);
            writer.WriteBytes(data);
        }

        /// <summary>The server's answer, which must have that constructor and our nonces.</summary>
        byte[] Send(Action<TlWriter> write, uint expected, out NewAuthKey? made)
        {
            using var writer = new TlWriter();
            write(writer);
            using var answer = new TlWriter();
            made = server.Answer(writer.WrittenSpan, answer);
            var reader = new TlReader(answer.WrittenSpan);
            Assert.That(reader.ReadUInt32(), Is.EqualTo(expected));
            Assert.That(reader.ReadInt128(), Is.EqualTo(_nonce));
            Assert.That(reader.ReadInt128(), Is.EqualTo(_serverNonce));
            return answer.WrittenSpan.ToArray();
        }

        // 0 | SHA1(data) 20 | data | random, 256 bytes together
        static byte[] SealedBySha1(ReadOnlySpan<byte> data)
        {
            byte[] block = [0, .. SHA1.HashData(data), .. data, .. RandomNumberGenerator.GetBytes(235 - data.Length)];
            using var rsa = RSA.Create();
            rsa.ImportFromPem(Rsa.PublicPem);
            var key = rsa.ExportParameters(includePrivateParameters: false);
            var sealedBlock = BigInteger.ModPow(
                BigNumbers.FromBytes(block),
                BigNumbers.FromBytes(key.Exponent),
                BigNumbers.FromBytes(key.Modulus)
            );
            return BigNumbers.ToBytes(sealedBlock);
        }

        (byte[] Key, byte[] Iv) TemporaryKey()
        {
            var newServer = SHA1.HashData([.. _newNonce, .. _serverNonce]);
            var serverNew = SHA1.HashData([.. _serverNonce, .. _newNonce]);
            var newNew = SHA1.HashData([.. _newNonce, .. _newNonce]);
            return ([.. newServer, .. serverNew[..12]], [.. serverNew[12..], .. newNew, .. _newNonce[..4]]);
        }

        static byte[] BigEndian(ulong value, int width) => BigNumbers.ToBytes(value, width);
    }
}
