using Fleet.Tl;

namespace Fleet.UnitTests.Tl;

/// <summary>Objects to bytes and back, as the tests want them.</summary>
static class TlBytes
{
    public static byte[] Of(TlObject value) => Of(value.Write);

    public static byte[] Of(Action<TlWriter> write)
    {
        using var writer = new TlWriter();
        write(writer);
        return writer.WrittenSpan.ToArray();
    }

    /// <summary>One boxed object and nothing behind it.</summary>
    public static TlObject Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new TlReader(bytes);
        var value = reader.ReadObject();
        reader.ExpectEnd();
        return value;
    }

    public static T Read<T>(byte[] bytes, TlRead<T> read)
    {
        var reader = new TlReader(bytes);
        var value = read(ref reader);
        reader.ExpectEnd();
        return value;
    }

    /// <summary>Why the bytes were refused; null if they were not. Any other exception goes through.</summary>
    public static TlFault? FaultOf<T>(byte[] bytes, TlRead<T> read)
    {
        try
        {
            Read(bytes, read);
            return null;
        }
        catch (TlException e)
        {
            return e.Reason;
        }
    }

    /// <inheritdoc cref="FaultOf{T}(byte[], TlRead{T})"/>
    public static TlFault? FaultOf(byte[] bytes) => FaultOf(bytes, static (ref TlReader r) => r.ReadObject());
}
