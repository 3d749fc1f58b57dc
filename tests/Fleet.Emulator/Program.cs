using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using Fleet.Emulator;
using Fleet.Emulator.Control;

return CommandLine.Parse(args) switch
{
    { Error: { } error } => Fail(error),
    { ShowHelp: true } => ShowHelp(),
    { Options: var options } => await RunAsync(options),
};

static async Task<int> RunAsync(EmulatorOptions options)
{
    using var stop = new StopSignal();
    try
    {
        await using var telegram = await TelegramEmulator.StartAsync(options, stop.Token);
        await Console.Out.WriteLineAsync(ReadyLine.Of(telegram));
        await stop.WaitAsync();
        return 0;
    }
    catch (SocketException e)
    {
        return Fail($"cannot listen: {e.Message}; choose other ports with --port");
    }
    catch (Exception e)
        when (e is IOException or UnauthorizedAccessException or JsonException or CryptographicException)
    {
        return Fail($"{e.Message}; choose another folder with --data or another port with --control");
    }
}

static int ShowHelp()
{
    Console.WriteLine(CommandLine.Help);
    return 0;
}

static int Fail(string error)
{
    Console.Error.WriteLine($"fleet emulator: {error}");
    return 2;
}
