namespace Fleet.Media;

/// <summary>What must hold of an output before it may be called done.</summary>
static class RemuxCheck
{
    static readonly TimeSpan LeastTolerance = TimeSpan.FromSeconds(0.5);

    /// <exception cref="MediaException"><see cref="MediaErrors.Truncated"/> when it is shorter than the input said, else <see cref="MediaErrors.RemuxFailed"/>.</exception>
    public static void Verify(MediaInfo input, MediaPlan plan, MediaFacts output)
    {
        if (output.Info is not { } info)
            throw Failed("cannot be read");
        if (output.Index is not (IndexPlace.None or IndexPlace.First))
            throw Failed("has its index at the end");
        var wanted = plan.Kept.Select(s => (s.Stream.Kind, s.Codec));
        if (!wanted.SequenceEqual(info.Streams.Where(s => s.Kind != StreamKind.Other).Select(s => (s.Kind, s.Codec))))
            throw Failed("has other streams than planned");
        if (info.Streams.Any(s => s.Kind is StreamKind.Video or StreamKind.Audio && s.Packets is null or 0))
            throw Failed("has an empty stream");
        CheckDuration(input, plan, info);
    }

    static void CheckDuration(MediaInfo input, MediaPlan plan, MediaInfo output)
    {
        if (input.Duration is not { } expected)
            return;
        var actual = output.Duration ?? TimeSpan.Zero;
        var tolerance = expected / 100 > LeastTolerance ? expected / 100 : LeastTolerance;
        if (actual > expected + tolerance)
            throw Failed("is longer than the input");
        // A dropped track may have been the longest one.
        var lostTimeline = plan.Streams.Any(s =>
            s is { Action: StreamAction.Drop or StreamAction.Extract, Stream.Kind: <= StreamKind.Subtitle }
        );
        if (actual < expected - tolerance && !lostTimeline)
            throw new MediaException(MediaErrors.Truncated, "The file ends before its header says.");
    }

    static MediaException Failed(string what) => new(MediaErrors.RemuxFailed, $"FFmpeg's output {what}.");
}
