namespace Fleet.MtProto;

/// <summary>Takes the answer of one call where it lies, without a copy.</summary>
public interface IReplySink
{
    /// <summary>Called at most once, on the connection's receive loop, and never after the call has failed or was
    /// cancelled: copy what is wanted and return. Whatever it throws fails this call only.</summary>
    /// <param name="reply">The boxed result, decrypted and unpacked; borrowed until the method returns.</param>
    /// <returns>What the call returns, such as the number of bytes taken.</returns>
    int OnReply(ReadOnlySpan<byte> reply);
}
