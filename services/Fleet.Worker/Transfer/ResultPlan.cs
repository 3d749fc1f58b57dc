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
            var other => throw new MediaException(
                MediaErrors.Unsupported,
                $"Results of kind {other.ToString().ToLowerInvariant()} cannot be made yet."
            ),
        };
        var audio = new AudioSelection(options.Audio.Index, options.Audio.Languages, options.Audio.KeepAll);
        return MediaPlanner.Plan(target, audio, facts);
    }
}
