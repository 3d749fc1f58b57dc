using Fleet.Emulator.Crypto;
using Fleet.Emulator.Handlers;
using Fleet.Emulator.Worlds;
using Microsoft.Extensions.Logging;

namespace Fleet.Emulator.Wire;

/// <summary>What all connections share.</summary>
sealed record Server(
    EmulatorOptions Options,
    World World,
    Faults Faults,
    Network Network,
    Counters Counters,
    FloodLedger Floods,
    RsaServerKey Rsa,
    TimeProvider Time,
    ILogger Log
)
{
    public IReadOnlyList<DcEndpoint> Endpoints { get; init; } = [];

    /// <summary>Null when nothing is kept on disk.</summary>
    public LoginFile? Logins { get; init; }

    public MainSessionRule MainSessions { get; } = new(Options.EnforceOneMainSession);
    public SharedCipher Cipher { get; } = new();
    public Takeouts Takeouts { get; } = new();
    public ExportedLogins Exports { get; } = new(Time);
    public LoginTokens LoginTokens { get; } = new(Time);
    public MethodTable Methods { get; } = MethodTable.Create();
}
