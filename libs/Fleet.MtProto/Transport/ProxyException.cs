namespace Fleet.MtProto.Transport;

/// <summary>Why a proxy does not carry the connection.</summary>
public enum ProxyFault
{
    /// <summary>It does not know the user, or wants one.</summary>
    SignIn,

    /// <summary>Its rules forbid the connection.</summary>
    Forbidden,

    /// <summary>It cannot reach the target, or has a fault of its own.</summary>
    Unreachable,

    /// <summary>What answers does not know the secret: another secret, or a web server in its place.</summary>
    Secret,

    /// <summary>Its answer is not the protocol.</summary>
    Content,

    /// <summary>It closed the connection before it had answered.</summary>
    Ended,
}

/// <summary>The proxy did not carry the connection.</summary>
public sealed class ProxyException(ProxyFault fault, string detail)
    : ConnectionLostException($"Proxy: {fault}: {detail}")
{
    public ProxyFault Fault => fault;

    public override Recovery Recovery =>
        fault is ProxyFault.SignIn or ProxyFault.Forbidden or ProxyFault.Secret ? Recovery.None : Recovery.Reconnect;
}
