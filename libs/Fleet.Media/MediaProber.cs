namespace Fleet.Media;

/// <summary>Finds out what a local file contains. Takes a few hundredths of a second; the file is not trusted.</summary>
public sealed class MediaProber(MediaOptions options, TimeProvider time)
{
    const int SniffBytes = 4_096;
    const int MaxJsonBytes = 4 << 20;
    const long MaxFileBytes = 1 << 20; // it writes none
    const long SlowestBytesPerSecond = 50_000_000;

    readonly Sandbox _sandbox = new(options);

    /// <summary>Facts about a file.</summary>
    /// <param name="path">Local file: whole, or only its first bytes.</param>
    /// <param name="isWhole">Whether the file ends where the original ends.</param>
    /// <exception cref="MediaException"><see cref="MediaErrors.ToolMissing"/>, <see cref="MediaErrors.RemuxTimeout"/>.</exception>
    public Task<MediaFacts> ProbeAsync(string path, bool isWhole, CancellationToken ct) =>
        ProbeAsync(path, isWhole, [], ct);

    /// <summary>Facts about a whole file, with the packets of each stream counted; that takes as long as reading it, where no index says.</summary>
    /// <exception cref="MediaException"><see cref="MediaErrors.ToolMissing"/>, <see cref="MediaErrors.RemuxTimeout"/>.</exception>
    public async Task<MediaFacts> CountAsync(string path, CancellationToken ct)
    {
        var facts = await ProbeAsync(path, isWhole: true, ct);
        return facts.Info?.Streams.All(s => s.Packets is not null || s.Kind > StreamKind.Audio) ?? true
            ? facts
            : await ProbeAsync(path, isWhole: true, ["-count_packets"], ct);
    }

    /// <summary>Facts about a file that is still coming.</summary>
    /// <param name="head">What its first bytes said.</param>
    /// <param name="directory">Of this job alone.</param>
    /// <exception cref="MediaException"><see cref="MediaErrors.ToolMissing"/>, <see cref="MediaErrors.RemuxTimeout"/>.</exception>
    public async Task<MediaFacts> ProbeAsync(MediaInput input, MediaFacts head, string directory, CancellationToken ct)
    {
        var index = head.Index == IndexPlace.NotSeen ? IndexPlace.Last : head.Index;
        var info = await RunAsync(input, directory, head.Container, [], ct);
        return new MediaFacts(info?.Container ?? head.Container, index, info, IsWhole: true);
    }

    async Task<MediaFacts> ProbeAsync(string path, bool isWhole, string[] also, CancellationToken ct)
    {
        var (container, index) = await LookAsync(path, ct);
        var input = MediaInput.File(path, new FileInfo(path).Length);
        var info = await RunAsync(input, Path.GetDirectoryName(path)!, container, also, ct);
        return new MediaFacts(info?.Container ?? container, index, info, isWhole);
    }

    TimeSpan DeadlineOf(long bytes) =>
        options.MinDeadline + TimeSpan.FromSeconds((double)bytes / SlowestBytesPerSecond);

    static async Task<(string? Container, IndexPlace Index)> LookAsync(string path, CancellationToken ct)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1);
        var head = new byte[SniffBytes];
        var length = await file.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, ct);
        var container = ContainerSniffer.SniffOrNull(head.AsSpan(0, length));
        var index = container is "mp4" or "mov" ? await Mp4Layout.ReadAsync(file, ct) : IndexPlace.None;
        return (container, index);
    }

    async Task<MediaInfo?> RunAsync(
        MediaInput input,
        string directory,
        string? container,
        string[] also,
        CancellationToken ct
    )
    {
        string[] arguments =
        [
            "-v",
            "error",
            .. Sandbox.Guards(input),
            "-print_format",
            "json",
            "-show_format",
            "-show_streams",
            .. also,
            input.Url,
        ];
        var bounds = new Sandbox.Bounds(directory, MaxFileBytes) { NeedsNetwork = input.IsRemote };
        var ended =
            await _sandbox.RunAsync(
                options.Ffprobe,
                arguments,
                bounds,
                MaxJsonBytes,
                DeadlineOf(input.SizeBytes),
                time,
                ct
            ) ?? throw new MediaException(MediaErrors.RemuxTimeout, "ffprobe did not end in time");
        return ended.ExitCode == 0 ? FfprobeJson.ParseOrNull(ended.Output.Span, container) : null;
    }
}
