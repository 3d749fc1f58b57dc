using Fleet.Tl;

namespace Fleet.MtProto;

/// <summary>Reads an answer into the method's result type.</summary>
sealed class ReadingSink<TResult>(TlMethod<TResult> method) : IReplySink
{
    TResult? _result;

    public TResult Result => _result!;

    public int OnReply(ReadOnlySpan<byte> reply)
    {
        var reader = new TlReader(reply);
        _result = method.ReadResult(ref reader);
        reader.ExpectEnd();
        return reply.Length;
    }
}
