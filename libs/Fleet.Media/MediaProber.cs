namespace Fleet.Media;

/// <summary>Finds out what a local file contains. Takes a few hundredths of a second; the file is not trusted.</summary>
public sealed class MediaProber(MediaOptions options, TimeProvider time)
{
    const int SniffBytes = 4_096;
    const int MaxJsonBytes = 4 << 20;
    const long MaxFileBytes = 1 << 20; // it writes none

    readonly Sandbox _sandbox = new(options);

    /// <summary>Facts about a file.</summary>
    /// <param name="path">Local file: whole, or only its first bytes.</param>
    /// <param name="isWhole">Whether the file ends where the original ends.</param>
    /// <exception cref="MediaException"><see cref="MediaErrors.ToolMissing"/>, <see cref="MediaErrors.RemuxTimeout"/>.</exception>
    public async Task<MediaFacts> ProbeAsync(string path, bool isWhole, CancellationToken ct)
    {
        var (container, index) = await LookAsync(path, ct);
        var info = await RunAsync(path, container, ct);
        return new MediaFacts(info?.Container ?? container, index, info, isWhole);
    }

    static async Task<(string? Container, IndexPlace Index)> LookAsync(string path, CancellationToken ct)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1);
        var head = new byte[SniffBytes];
        var length = await file.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, ct);
        var container = ContainerSniffer.SniffOrNull(head.AsSpan(0, length));
        var index = container is "mp4" or "mov" ? await Mp4Layout.ReadAsync(file, ct) : IndexPlace.None;
        return (container, index);
    }

    async Task<MediaInfo?> RunAsync(string path, string? container, CancellationToken ct)
    {
        string[] arguments =
        [
            "-v",
            "error",
            .. Sandbox.InputGuards,
            "-print_format",
            "json",
            "-show_format",
            "-show_streams",
            $"file:{path}",
        ];
        using var deadline = new CancellationTokenSource(options.MinDeadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, ct);
        using var process = _sandbox.Start(options.Ffprobe, arguments, Path.GetDirectoryName(path)!, MaxFileBytes);
        try
        {
            var json = BoundedText.ReadAsync(process.StandardOutput.BaseStream, MaxJsonBytes, either.Token);
            var errors = BoundedText.ReadAsync(process.StandardError.BaseStream, BoundedText.ErrorBytes, either.Token);
            await Task.WhenAll(json, errors, process.WaitForExitAsync(either.Token));
            if (Sandbox.IsMissing(process.ExitCode))
                throw new MediaException(MediaErrors.ToolMissing, "ffprobe cannot be started");
            return process.ExitCode == 0 ? FfprobeJson.ParseOrNull((await json).Span, container) : null;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new MediaException(MediaErrors.RemuxTimeout, "ffprobe did not end in time");
        }
        finally
        {
            Sandbox.Kill(process);
        }
    }
}
