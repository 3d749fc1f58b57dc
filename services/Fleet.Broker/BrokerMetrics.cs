using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Fleet.Broker;

/// <summary>What the broker measures. No link or job in a label; an account only by its opaque id, and only where it waits.</summary>
static class BrokerMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Fleet.Broker";

    static readonly Meter Meter = new(MeterName);

    static readonly Histogram<double> LeaseWait = Meter.CreateHistogram<double>(
        "fleet.lease.wait.duration",
        unit: "s",
        description: "Time from asking for a lease to its grant or refusal."
    );

    static readonly Counter<long> LeaseLost = Meter.CreateCounter<long>(
        "fleet.lease.lost",
        unit: "{lease}",
        description: "Renewals that were refused."
    );

    static readonly Counter<long> Floods = Meter.CreateCounter<long>(
        "fleet.flood.wait",
        unit: "{wait}",
        description: "Flood waits that Telegram asked for."
    );

    static readonly Histogram<double> FloodDuration = Meter.CreateHistogram<double>(
        "fleet.flood.wait.duration",
        unit: "s",
        description: "How long Telegram asked to wait."
    );

    static readonly Gauge<double> FloodUntil = Meter.CreateGauge<double>(
        "fleet.flood.until",
        unit: "s",
        description: "End of the last wait of an account, class and data centre, in seconds since 1970."
    );

    static readonly Counter<long> OverBudget = Meter.CreateCounter<long>(
        "fleet.resolve.over.budget",
        unit: "{call}",
        description: "Calls that an account was not let make, before Telegram asks it to wait."
    );

    static readonly Counter<long> Resolves = Meter.CreateCounter<long>(
        "fleet.resolve",
        unit: "{link}",
        description: "Links resolved, by where the answer came from."
    );

    static readonly UpDownCounter<long> Sessions = Meter.CreateUpDownCounter<long>(
        "fleet.session.active",
        unit: "{session}",
        description: "Main sessions that this replica runs."
    );

    static readonly Counter<long> AccountEvents = Meter.CreateCounter<long>(
        "fleet.broker.account.events",
        unit: "{event}",
        description: "What happened to accounts and an operator should know, by event."
    );

    /// <summary>A lease was granted (outcome: granted) or refused (outcome: the code).</summary>
    public static void Lease(int dc, string outcome, TimeSpan took) =>
        LeaseWait.Record(took.TotalSeconds, new TagList { { "dc", dc }, { "outcome", outcome } });

    /// <summary>A renewal was refused.</summary>
    public static void LostLease(int dc) => LeaseLost.Add(1, new TagList { { "dc", dc } });

    /// <summary>Telegram asked to wait.</summary>
    public static void Flood(string methodClass, int dc, TimeSpan wait)
    {
        var tags = new TagList { { "class", methodClass }, { "dc", dc } };
        Floods.Add(1, tags);
        FloodDuration.Record(wait.TotalSeconds, tags);
    }

    /// <summary>A wait of one account, by its opaque id, or of everyone (*); there are as many series as accounts that ever waited.</summary>
    public static void FloodEnds(string account, string methodClass, int dc, DateTimeOffset until) =>
        FloodUntil.Record(
            until.ToUnixTimeSeconds(),
            new TagList
            {
                { "account", account },
                { "class", methodClass },
                { "dc", dc },
            }
        );

    /// <summary>An account's own budget refused a call.</summary>
    public static void BudgetRefused() => OverBudget.Add(1);

    /// <summary>A link was answered from: cache, telegram or refused.</summary>
    public static void Resolved(string from) => Resolves.Add(1, new TagList { { "from", from } });

    /// <summary>Something happened to an account: an operator's deed, Telegram's error in lower case, circuit_opened, circuit_closed.</summary>
    public static void AccountEvent(string name) => AccountEvents.Add(1, new TagList { { "event", name } });

    /// <summary>A main session was opened (+1) or closed (-1).</summary>
    public static void Session(int change) => Sessions.Add(change);
}
