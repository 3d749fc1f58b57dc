using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Fleet.Testing;

/// <summary>A server under test as a real process, ended with the test run whatever happens to it.</summary>
/// <remarks>It runs under guard.sh, which ends it when this process closes its input or dies.</remarks>
public sealed partial class ChildProcess : IAsyncDisposable
{
    const int KeptLines = 400;
    static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(25);

    readonly Process _guard;
    readonly Lock _lock = new();
    readonly Queue<string> _lines = new();
    readonly List<(string Text, TaskCompletionSource<string> Found)> _waiters = [];
    readonly TaskCompletionSource<int> _pid = new(TaskCreationOptions.RunContinuationsAsynchronously);
    bool _ended;
    bool _isDisposed;

    ChildProcess(string name, Process guard)
    {
        Name = name;
        _guard = guard;
    }

    public string Name { get; }

    /// <summary>The process id of the command itself; its process group has the same number.</summary>
    public int Pid { get; private set; }

    /// <summary>Also true once it was disposed.</summary>
    public bool HasExited => _isDisposed || _guard.HasExited;

    /// <summary>The last lines (at most 400) of both output streams.</summary>
    public string Output
    {
        get
        {
            lock (_lock)
                return string.Join('\n', _lines);
        }
    }

    /// <summary>Starts a command; <paramref name="stopSignal"/> is what <see cref="DisposeAsync"/> sends it.</summary>
    public static async Task<ChildProcess> StartAsync(
        string name,
        IReadOnlyList<string> command,
        IReadOnlyDictionary<string, string>? environment = null,
        string stopSignal = "TERM"
    )
    {
        var start = new ProcessStartInfo("bash")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "guard.sh"));
        start.ArgumentList.Add(stopSignal);
        foreach (var word in command)
            start.ArgumentList.Add(word);
        foreach (var (key, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
            start.Environment[key] = value;

        var guard = new Process { StartInfo = start };
        var child = new ChildProcess(name, guard);
        guard.OutputDataReceived += (_, line) => child.OnLine(line.Data);
        guard.ErrorDataReceived += (_, line) => child.OnLine(line.Data);
        guard.Start();
        guard.BeginOutputReadLine();
        guard.BeginErrorReadLine();
        child.Pid = await child._pid.Task.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);
        return child;
    }

    /// <summary>Runs a command to its end and returns what it printed.</summary>
    /// <exception cref="InvalidOperationException">Its exit code was not 0.</exception>
    public static async Task<string> RunAsync(
        IReadOnlyList<string> command,
        IReadOnlyDictionary<string, string> environment,
        TimeSpan deadline
    )
    {
        await using var process = await StartAsync(
            $"{Path.GetFileName(command[0])} {string.Join(' ', command.Skip(1).Take(1))}",
            [Path.Combine(AppContext.BaseDirectory, "exit-code.sh"), .. command],
            environment
        );
        await process.ExitedAsync(deadline);
        var output = process.Output;
        if (!output.EndsWith("exit 0", StringComparison.Ordinal))
            throw new InvalidOperationException($"{process.Name} failed:\n{output}");
        return output[..^"exit 0".Length].TrimEnd();
    }

    /// <summary>The first line of output, past or future, that contains <paramref name="text"/>.</summary>
    /// <exception cref="InvalidOperationException">The process ended first, or the deadline passed.</exception>
    public async Task<string> LineAsync(string text, TimeSpan deadline)
    {
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_lines.FirstOrDefault(l => l.Contains(text, StringComparison.Ordinal)) is { } line)
                return line;
            if (_ended)
                throw Failure($"ended before it said \"{text}\"");
            _waiters.Add((text, found));
        }
        try
        {
            return await found.Task.WaitAsync(deadline, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            throw Failure($"did not say \"{text}\" within {deadline}");
        }
    }

    /// <summary>Polls until <paramref name="ready"/> holds; a thrown exception counts as "not yet".</summary>
    public async Task UntilAsync(string what, Func<CancellationToken, Task<bool>> ready, TimeSpan deadline)
    {
        using var limit = new CancellationTokenSource(deadline, TimeProvider.System);
        Exception? last = null;
        while (!limit.IsCancellationRequested && !HasExited)
        {
            try
            {
                if (await ready(limit.Token))
                    return;
            }
#pragma warning disable CA1031 // whatever a server that is not up yet throws
            catch (Exception failure)
#pragma warning restore CA1031
            {
                last = failure;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, CancellationToken.None);
        }
        throw Failure($"{what}: not within {deadline} ({last?.Message})");
    }

    /// <summary>Sends a signal to the whole process group: 9 kill, 15 terminate, 19 stop, 18 continue.</summary>
    public void Signal(int signal)
    {
        if (Pid > 1 && !HasExited)
            _ = Kill(-Pid, signal);
    }

    /// <summary>Kills the command and all that descends from it with signal 9, and waits until they are gone.</summary>
    public async Task KillAsync()
    {
        var descendants = Descendants(Pid);
        Signal(9);
        foreach (var pid in descendants) // some, such as PostgreSQL's, leave the process group
            _ = Kill(pid, 9);
        await _guard.WaitForExitAsync().WaitAsync(StopDeadline, TimeProvider.System);
        while (descendants.Exists(IsAlive))
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, CancellationToken.None);
    }

    /// <summary>Waits for the command to end by itself.</summary>
    public Task ExitedAsync(TimeSpan deadline) => _guard.WaitForExitAsync().WaitAsync(deadline, TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        if (!_guard.HasExited)
        {
            _guard.StandardInput.Close();
            await _guard.WaitForExitAsync().WaitAsync(StopDeadline, TimeProvider.System);
        }
        _isDisposed = true;
        _guard.Dispose();
    }

    void OnLine(string? line)
    {
        lock (_lock)
        {
            if (line is null)
            {
                _ended = _guard.HasExited;
                return;
            }
            if (!_pid.Task.IsCompleted && line.StartsWith("pid ", StringComparison.Ordinal))
            {
                _pid.SetResult(int.Parse(line.AsSpan(4), CultureInfo.InvariantCulture));
                return;
            }
            _lines.Enqueue(line);
            if (_lines.Count > KeptLines)
                _lines.Dequeue();
            foreach (var (_, found) in _waiters.Where(w => line.Contains(w.Text, StringComparison.Ordinal)))
                found.TrySetResult(line);
        }
    }

    InvalidOperationException Failure(string what) => new($"{Name} {what}. Its last output:\n{Output}");

    static List<int> Descendants(int root)
    {
        var children = Directory
            .EnumerateDirectories("/proc")
            .Select(folder =>
                int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid) ? pid : 0
            )
            .Where(pid => pid > 1)
            .ToLookup(ParentOf);
        var found = new List<int>();
        var next = new Queue<int>([root]);
        while (next.TryDequeue(out var parent))
            foreach (var child in children[parent])
            {
                found.Add(child);
                next.Enqueue(child);
            }
        return found;
    }

    static int ParentOf(int pid) => int.Parse(Status(pid)[1], CultureInfo.InvariantCulture);

    static bool IsAlive(int pid) => Status(pid)[0] is not ("Z" or "X");

    // State and parent from "pid (name) state ppid ..."; the name may hold spaces and parentheses.
    static string[] Status(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[..2];
        }
        catch (IOException)
        {
            return ["X", "0"]; // ended meanwhile
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
