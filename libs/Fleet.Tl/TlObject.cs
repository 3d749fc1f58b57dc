namespace Fleet.Tl;

/// <summary>A value of the schema that is written with its constructor id in front (boxed).</summary>
public abstract class TlObject
{
    /// <summary>CRC32 of the declaration; the first four bytes of the serialized object.</summary>
    public abstract uint ConstructorId { get; }

    /// <summary>Appends the constructor id and the fields.</summary>
    /// <exception cref="TlException">A value does not fit its field, or fields sharing a flag are not all set.</exception>
    public abstract void Write(TlWriter w);

    /// <summary>Refuses to write fields of one flag of which only some are set.</summary>
    internal static void Together(string flag, params ReadOnlySpan<bool> set)
    {
        if (set.Contains(true) && set.Contains(false))
        {
            throw new TlException(TlFault.Inconsistent, $"only some of the fields of {flag} are set");
        }
    }
}

/// <summary>A call. Its answer is a <typeparamref name="TResult"/>.</summary>
public abstract class TlMethod<TResult> : TlObject
{
    /// <summary>Reads the answer, boxed as it stands in rpc_result (unpacked, not an rpc_error).</summary>
    /// <exception cref="TlException">The bytes are not that type.</exception>
    public abstract TResult ReadResult(ref TlReader r);
}

/// <summary>
/// A call around another call (<c>{X:Type} … query:!X = X</c>). It has no result of its own: whoever wraps a method
/// reads the answer with the innermost method's <see cref="TlMethod{TResult}.ReadResult"/>.
/// </summary>
public abstract class TlWrapper : TlObject
{
    /// <summary>The call inside, possibly a wrapper again.</summary>
    public abstract TlObject Query { get; init; }
}
