namespace Fleet.MtProto;

/// <summary>Fills all of <paramref name="destination"/> with random bytes. Keys and nonces come from it, so in
/// production it is <see cref="System.Security.Cryptography.RandomNumberGenerator.Fill"/>; tests give a seeded one.</summary>
public delegate void RandomFill(Span<byte> destination);
