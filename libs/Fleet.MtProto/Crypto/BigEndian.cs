using System.Numerics;

namespace Fleet.MtProto.Crypto;

/// <summary>Big numbers as byte strings of fixed length: leading zeros are part of the value that gets hashed.</summary>
static class BigEndian
{
    public static BigInteger Read(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    /// <summary>Exactly <paramref name="length"/> bytes, zeros in front.</summary>
    public static byte[] Write(BigInteger value, int length)
    {
        var bytes = new byte[length];
        var needed = value.GetByteCount(isUnsigned: true);
        if (
            !value.TryWriteBytes(bytes.AsSpan(Math.Max(0, length - needed)), out _, isUnsigned: true, isBigEndian: true)
        )
            throw new ArgumentException($"{needed} bytes do not fit in {length}", nameof(value));
        return bytes;
    }

    /// <summary>As few bytes as the value needs, at least one.</summary>
    public static byte[] WriteShortest(ulong value) =>
        Write(value, Math.Max(1, (71 - BitOperations.LeadingZeroCount(value)) / 8));
}
