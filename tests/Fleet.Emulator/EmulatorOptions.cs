using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.Emulator;

/// <summary>How an emulator starts. The defaults fit tests: free ports, keys in memory, no control port.</summary>
public sealed record EmulatorOptions
{
    /// <summary>First of eleven ports in a row on loopback: main and media address of DC 1, of DC 2, ..., the CDN. 0 takes free ones. Default 0.</summary>
    public int Port { get; init; }

    /// <summary>Loopback port of the HTTP control interface; 0 takes a free one, null (default) leaves it out.</summary>
    public int? ControlPort { get; init; }

    /// <summary>Folder for the RSA key pairs and the logins, so that a restart keeps them; made when missing. Null (default): both in memory.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>Decides ids, access hashes and bot tokens. Default 1.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>The application that may log in. Default 10001.</summary>
    public int ApiId { get; init; } = 10001;

    /// <summary>Default 32 hexadecimal digits.</summary>
    public string ApiHash { get; init; } = "0123456789abcdef0123456789abcdef";

    /// <summary>Answers AUTH_KEY_DUPLICATED when an auth key has two main sessions (the rule is in --help). Default true.</summary>
    public bool EnforceOneMainSession { get; init; } = true;

    /// <summary>
    /// After a scripted FLOOD_WAIT_X, answers every call of that account and method with FLOOD_WAIT until X seconds are
    /// over. Default false: only counted, so that scripts decide each answer.
    /// </summary>
    public bool EnforceFloodWaits { get; init; }

    /// <summary>Puts the demo world in: accounts, the public channel fleetdemo, a private channel, a group. Default true.</summary>
    public bool DemoWorld { get; init; } = true;

    /// <summary>Clock of ids, latency, pacing and deadlines. Default the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    public ILogger Log { get; init; } = NullLogger.Instance;
}
