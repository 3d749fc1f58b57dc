namespace Fleet.Media;

/// <summary>How much room to leave at the front of an MP4 for its index, so that the file is written once and not moved afterwards.</summary>
static class Mp4Index
{
    /// <summary>Headers, names and chapters.</summary>
    const long BaseBytes = 64 << 10;

    /// <summary>Of a packet: its size, its times, and the chunk it begins.</summary>
    const double PacketBytes = 28;

    /// <summary>Text comes seldom, each line with a pause after it.</summary>
    const double TextPackets = 2;

    /// <summary>Bytes; more than are needed, as a rule. Null when the streams do not say enough.</summary>
    public static long? EstimateOrNull(MediaInfo info, IEnumerable<StreamPlan> kept)
    {
        if (info.Duration is not { } duration)
            return null;
        double rate = 0;
        foreach (var plan in kept)
        {
            if (PacketsPerSecond(plan) is not { } packets)
                return null;
            rate += packets;
        }
        return BaseBytes + (long)(duration.TotalSeconds * rate * PacketBytes);
    }

    static double? PacketsPerSecond(StreamPlan plan) =>
        plan.Stream.Kind switch
        {
            StreamKind.Video => plan.Stream.FrameRate,
            StreamKind.Audio => (double?)plan.Stream.SampleRate / SamplesOf(plan.Codec),
            StreamKind.Subtitle => TextPackets,
            _ => null, // a cover lies in the index
        };

    /// <summary>Fewest samples in a packet, of what is usual.</summary>
    static int SamplesOf(string codec) =>
        codec switch
        {
            "aac" => 1_024,
            "mp3" or "flac" or "alac" => 1_152,
            "ac3" => 1_536,
            _ => 480,
        };
}
