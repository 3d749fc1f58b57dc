namespace Fleet.Hosting;

/// <summary>The end of a process that asks to be started again.</summary>
public static class Restart
{
    /// <summary>EX_TEMPFAIL of sysexits.h.</summary>
    const int TryAgain = 75;

    /// <summary>Whether the process ends in order to be started again: then nobody works in its place, and it is to be quick.</summary>
    public static bool IsWanted => Environment.ExitCode == TryAgain;

    /// <summary>Whoever stops the process after this is told to start it again.</summary>
    internal static void Want() => Environment.ExitCode = TryAgain;

    /// <summary>Ends the process at once, as a crash would: what it holds runs out.</summary>
    internal static void Now() => Environment.Exit(TryAgain);
}
