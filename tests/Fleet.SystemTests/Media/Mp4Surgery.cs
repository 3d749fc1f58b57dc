using System.Buffers.Binary;
using System.Text;

namespace Fleet.SystemTests.Media;

/// <summary>Changes MP4 files into such as no honest program writes.</summary>
static class Mp4Surgery
{
    /// <summary>Makes the first track's data lie at another address. The index must be at the end: nothing behind it moves.</summary>
    public static byte[] PointElsewhere(byte[] mp4, string address)
    {
        string[] path = ["moov", "trak", "mdia", "minf", "dinf", "dref"];
        var location = Encoding.ASCII.GetBytes(address + '\0');
        var parents = new List<int>();
        var at = 0;
        foreach (var name in path)
        {
            at = Find(mp4, name, at);
            parents.Add(at);
            at += name is "dref" ? 16 : 8; // its version and its number of entries
        }
        var entry = Find(mp4, "url ", at);
        parents.Add(entry);
        var changed = new List<byte>(mp4);
        changed.InsertRange(entry + 12, location);
        var result = changed.ToArray();
        foreach (var box in parents)
            BinaryPrimitives.WriteInt32BigEndian(
                result.AsSpan(box),
                BinaryPrimitives.ReadInt32BigEndian(mp4.AsSpan(box)) + location.Length
            );
        result.AsSpan(entry + 8, 4).Clear(); // not in this file
        return result;
    }

    /// <summary>Overwrites bytes behind the first box of a name.</summary>
    /// <param name="offset">From the end of the box's header.</param>
    public static byte[] Overwrite(byte[] mp4, string box, int offset, params byte[] bytes)
    {
        var result = (byte[])mp4.Clone();
        var at = result.AsSpan().IndexOf(Encoding.ASCII.GetBytes(box)) + 4 + offset;
        bytes.CopyTo(result, at);
        return result;
    }

    /// <summary>Boxes within boxes, as deep as the bytes last.</summary>
    public static byte[] Nest(int depth)
    {
        byte[] ftyp = [0, 0, 0, 16, .. "ftypisom"u8, 0, 0, 0, 0];
        var result = new byte[ftyp.Length + (depth * 8)];
        ftyp.CopyTo(result, 0);
        for (var n = 0; n < depth; n++)
        {
            var at = ftyp.Length + (n * 8);
            BinaryPrimitives.WriteInt32BigEndian(result.AsSpan(at), result.Length - at);
            (n % 2 == 0 ? "moov"u8 : "trak"u8).CopyTo(result.AsSpan(at + 4));
        }
        return result;
    }

    static int Find(byte[] mp4, string name, int from)
    {
        for (
            var at = from;
            at + 8 <= mp4.Length;
            at += Math.Max(8, BinaryPrimitives.ReadInt32BigEndian(mp4.AsSpan(at)))
        )
        {
            if (mp4.AsSpan(at + 4, 4).SequenceEqual(Encoding.ASCII.GetBytes(name)))
                return at;
        }
        throw new InvalidOperationException($"There is no box {name}.");
    }
}
