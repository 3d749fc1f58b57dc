using System.Globalization;
using Fleet.Jobs;

namespace Fleet.Intake.Verbs;

/// <summary>The arguments of the verb limit: those that are not named are the service's.</summary>
static class LimitArguments
{
    /// <summary>Null when something is wrong.</summary>
    public static TenantLimits? ParseOrNull(string[] arguments)
    {
        var limits = new TenantLimits();
        foreach (var pair in arguments.Chunk(2))
        {
            if (
                pair is not [var name, var text]
                || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
                || WithOrNull(limits, name, value) is not { } more
            )
            {
                return null;
            }
            limits = more;
        }
        return limits;
    }

    static TenantLimits? WithOrNull(TenantLimits limits, string name, long value) =>
        (name, value) switch
        {
            (_, < 1) => null,
            ("--bytes-per-day", _) => limits with { BytesPerDay = value },
            (_, > int.MaxValue) => null,
            ("--requests-per-minute", _) => limits with { RequestsPerMinute = (int)value },
            ("--jobs-per-day", _) => limits with { JobsPerDay = (int)value },
            ("--active-jobs", _) => limits with { ActiveJobs = (int)value },
            _ => null,
        };
}
