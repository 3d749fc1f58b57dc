using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Fleet.Emulator.Worlds;

/// <summary>
/// What Telegram gives each account for itself: access hashes and file references. Both are keyed hashes over the
/// account's id, so that one account's are worthless to another.
/// </summary>
sealed class AccountSeals(long seed)
{
    const int MacBytes = 12;

    /// <summary>1 | epoch 4 | file id 8 | mac 12</summary>
    public const int ReferenceBytes = 13 + MacBytes;

    readonly byte[] _secret = SHA256.HashData(BitConverter.GetBytes(seed));

    public long AccessHash(EmulatedAccount account, long id) =>
        BinaryPrimitives.ReadInt64LittleEndian(Mac(1, account.UserId, id, 0));

    public byte[] FileReference(EmulatedAccount account, EmulatedFile file)
    {
        var reference = new byte[ReferenceBytes];
        var epoch = file.ReferenceEpoch;
        reference[0] = 1;
        BinaryPrimitives.WriteInt32LittleEndian(reference.AsSpan(1), epoch);
        BinaryPrimitives.WriteInt64LittleEndian(reference.AsSpan(5), file.Id);
        Mac(2, account.UserId, file.Id, epoch).AsSpan(0, MacBytes).CopyTo(reference.AsSpan(13));
        return reference;
    }

    /// <summary>The error for a file reference, or null when it is this account's, of this file, and fresh.</summary>
    public string? ReferenceErrorOrNull(EmulatedAccount account, EmulatedFile file, ReadOnlySpan<byte> reference)
    {
        if (reference.IsEmpty)
            return "FILE_REFERENCE_EMPTY";
        if (reference.Length != ReferenceBytes || reference[0] != 1)
            return "FILE_REFERENCE_INVALID";
        var epoch = BinaryPrimitives.ReadInt32LittleEndian(reference[1..]);
        if (!Mac(2, account.UserId, file.Id, epoch).AsSpan(0, MacBytes).SequenceEqual(reference[13..]))
            return "FILE_REFERENCE_INVALID";
        return epoch == file.ReferenceEpoch ? null : "FILE_REFERENCE_EXPIRED";
    }

    /// <summary>Letters and digits that follow from an id, for bot tokens.</summary>
    public string Text(long id, int length) => Convert.ToHexStringLower(Mac(3, id, 0, 0))[..length];

    byte[] Mac(byte kind, long account, long id, int epoch)
    {
        Span<byte> input = stackalloc byte[21];
        input[0] = kind;
        BinaryPrimitives.WriteInt64LittleEndian(input[1..], account);
        BinaryPrimitives.WriteInt64LittleEndian(input[9..], id);
        BinaryPrimitives.WriteInt32LittleEndian(input[17..], epoch);
        return HMACSHA256.HashData(_secret, input);
    }
}
