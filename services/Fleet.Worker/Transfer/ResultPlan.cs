using Fleet.Jobs;
using Fleet.Media;

namespace Fleet.Worker.Transfer;

/// <summary>What becomes of a file under a job's options.</summary>
static class ResultPlan
{
    /// <exception cref="MediaException">The job's target cannot be reached.</exception>
    public static MediaPlan Of(JobOptions options, MediaFacts facts)
    {
        var target = options.Container switch
        {
            ResultContainer.Auto => MediaTarget.Auto,
            ResultContainer.Original => MediaTarget.Original,
            ResultContainer.Mp4 => MediaTarget.Mp4,
            ResultContainer.Fmp4 => MediaTarget.Fmp4,
            ResultContainer.Mkv => MediaTarget.Mkv,
            ResultContainer.Webm => MediaTarget.Webm,
            ResultContainer.Audio => MediaTarget.Audio,
            var other => throw new ArgumentOutOfRangeException(nameof(options), other, "No such container."),
        };
        var audio = new AudioSelection(options.Audio.Index, options.Audio.Languages, options.Audio.KeepAll);
        var subtitles = options.Subtitles switch
        {
            SubtitleMode.Sidecar => SubtitleWish.Extract,
            SubtitleMode.None => SubtitleWish.Drop,
            _ => SubtitleWish.Embed,
        };
        return MediaPlanner.Plan(target, audio, facts, subtitles, options.AllowTranscode);
    }
}
