using System.Security.Cryptography;

namespace Fleet.MtProto;

/// <summary>The 2048-bit secret shared with one data centre. Whoever has it has the account's access there.</summary>
public sealed class AuthKey
{
    public const int Length = 256;

    readonly byte[] _key;

    AuthKey(byte[] key)
    {
        _key = key;
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData(key, hash);
        AuxiliaryHash = BinaryPrimitives.ReadInt64LittleEndian(hash);
        Id = BinaryPrimitives.ReadInt64LittleEndian(hash[12..]);
    }

    /// <summary>auth_key_id: the lower 64 bits of the key's SHA-1. Not secret: it leads every frame in clear.</summary>
    public long Id { get; }

    /// <summary>auth_key_aux_hash: the upper 64 bits, used in the key exchange only.</summary>
    internal long AuxiliaryHash { get; }

    internal ReadOnlySpan<byte> Bytes => _key;

    /// <summary>Takes a copy of 256 bytes.</summary>
    /// <exception cref="ArgumentException">Another length.</exception>
    public static AuthKey Import(ReadOnlySpan<byte> key) =>
        key.Length == Length
            ? new AuthKey(key.ToArray())
            : throw new ArgumentException($"An auth key has {Length} bytes, not {key.Length}", nameof(key));

    /// <summary>A copy of the 256 secret bytes, for sealed storage.</summary>
    public byte[] Export() => [.. _key];

    public override string ToString() => $"auth key {Id:x16}";
}
