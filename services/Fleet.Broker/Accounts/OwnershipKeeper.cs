using System.Data.Common;
using Microsoft.Extensions.Options;

namespace Fleet.Broker.Accounts;

/// <summary>Renews the claims of this replica. When Postgres is away it goes on trying; sessions close when their claims run out.</summary>
sealed partial class OwnershipKeeper(
    MainSessions sessions,
    IOptions<OwnershipOptions> options,
    TimeProvider time,
    ILogger<OwnershipKeeper> log
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Claim / 4, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                using var deadline = new CancellationTokenSource(options.Value.Claim / 4, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stoppingToken);
                await sessions.KeepAsync(either.Token);
            }
            catch (Exception e)
                when (e is DbException or InvalidOperationException or OperationCanceledException
                    && !stoppingToken.IsCancellationRequested
                )
            {
                NotRenewed(log, e.Message);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "The claims on accounts were not renewed: {Reason}")]
    static partial void NotRenewed(ILogger log, string reason);
}
