using System.Runtime.InteropServices;

namespace Fleet.Telegram;

/// <summary>How calls ended since the last report.</summary>
/// <param name="Parts">Parts received.</param>
/// <param name="Floods">FLOOD_WAIT answers.</param>
/// <param name="FloodSeconds">The longest wait among them, in seconds.</param>
/// <param name="PremiumWaits">FLOOD_PREMIUM_WAIT answers.</param>
/// <param name="PremiumSeconds">The longest wait among them, in seconds.</param>
/// <param name="Losses">Connections that ended or could not be opened.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct PoolOutcomes(
    int Parts,
    int Floods,
    int FloodSeconds,
    int PremiumWaits,
    int PremiumSeconds,
    int Losses
);
