using Fleet.Tl;
using Fleet.Tl.Methods;

namespace Fleet.Emulator.Layers;

/// <summary>
/// Answers in the layer of whoever asks, and reads calls of that layer. An object is carried over field by field by
/// name: what the other layer does not have is dropped, what it demands beyond that is zero or empty, flags follow from
/// the fields that are there.
/// </summary>
static class LayerMapping
{
    /// <summary>Reads a call, with the wrappers around it.</summary>
    /// <param name="body">One whole call.</param>
    /// <param name="layer">The layer of the auth key so far; an invokeWithLayer in the call goes before it. 0 = none yet.</param>
    /// <exception cref="TlException">No call of that layer.</exception>
    /// <exception cref="RpcException">A layer older than any that is known here.</exception>
    public static TlObject ReadCall(ReadOnlySpan<byte> body, int layer)
    {
        var schema = SchemaOf(AnnouncedLayer(body) ?? layer);
        var reader = new TlReader(body);
        if (schema == LayerSchema.Newest)
            return reader.ReadObject();
        using var writer = new TlWriter(body.Length + 64);
        new ObjectWriter(LayerSchema.Newest, writer).Write(new ObjectReader(schema).Read(ref reader));
        var mapped = new TlReader(writer.WrittenSpan);
        return mapped.ReadObject();
    }

    /// <summary>Appends the object as clients of <paramref name="layer"/> know it.</summary>
    /// <exception cref="TlException">That layer cannot say it.</exception>
    public static void Write(TlWriter writer, TlObject value, int layer)
    {
        var schema = SchemaOf(layer);
        if (schema == LayerSchema.Newest)
        {
            writer.WriteObject(value);
            return;
        }
        using var newest = new TlWriter();
        newest.WriteObject(value);
        var reader = new TlReader(newest.WrittenSpan);
        new ObjectWriter(schema, writer).Write(new ObjectReader(LayerSchema.Newest).Read(ref reader));
    }

    static LayerSchema SchemaOf(int layer) =>
        layer == 0
            ? LayerSchema.Newest
            : LayerSchema.OfOrNull(layer) ?? throw new RpcException(400, "CONNECTION_LAYER_INVALID");

    /// <summary>The layer that a call itself announces, which says how the rest of it is to be read.</summary>
    static int? AnnouncedLayer(ReadOnlySpan<byte> body)
    {
        var reader = new TlReader(body);
        while (true)
        {
            switch (reader.ReadUInt32())
            {
                case InvokeWithLayer.TlId:
                    return reader.ReadInt32();
                case InvokeWithoutUpdates.TlId:
                    break;
                case InvokeAfterMsg.TlId:
                    reader.ReadInt64();
                    break;
                default:
                    return null;
            }
        }
    }
}
