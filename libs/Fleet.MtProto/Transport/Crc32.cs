namespace Fleet.MtProto.Transport;

/// <summary>The CRC-32 of the full transport: IEEE 802.3, reflected, as in zlib. Eight bytes per step.</summary>
static class Crc32
{
    const uint Polynomial = 0xedb8_8320;
    const int Slices = 8;
    const int Values = 256;

    // Slice n holds what a byte becomes when n more bytes follow it.
    static readonly uint[] Slice = MakeSlices();

    public static uint Of(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        for (; data.Length >= Slices; data = data[Slices..])
        {
            var word = BinaryPrimitives.ReadUInt64LittleEndian(data) ^ crc;
            crc = 0;
            for (var n = Slices - 1; n >= 0; n--, word >>= 8)
                crc ^= Slice[(n * Values) + (byte)word];
        }
        foreach (var b in data)
            crc = Slice[(byte)(crc ^ b)] ^ (crc >> 8);
        return ~crc;
    }

    static uint[] MakeSlices()
    {
        var slices = new uint[Slices * Values];
        for (var i = 0; i < slices.Length; i++)
        {
            var crc = i < Values ? (uint)i : slices[i - Values];
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * Polynomial);
            slices[i] = crc;
        }
        return slices;
    }
}
