using System.Net;
using Fleet.Jobs.Rows;
using Fleet.Notifier;
using Fleet.Notifier.Deliveries;
using Fleet.Notifier.Sending;
using Fleet.SystemTests.Jobs;
using Fleet.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Fleet.SystemTests.Notifier;

/// <summary>A database with one tenant, a receiver on loopback, and a notifier in this process whose clock the test moves.</summary>
public sealed class NotifierRig : IAsyncDisposable
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    readonly NpgsqlDataSource _postgres;
    readonly NotifierOptions _options;
    WebhookSender? _sender;
    Dispatcher? _dispatcher;

    NotifierRig(JobsDatabase jobs, WebhookReceiver receiver, NotifierOptions options)
    {
        Jobs = jobs;
        Receiver = receiver;
        _options = options;
        _postgres = NpgsqlDataSource.Create(jobs.ConnectionString);
    }

    public JobsDatabase Jobs { get; }

    public WebhookReceiver Receiver { get; }

    /// <summary>Ahead of the database's clock, so that what has just been written is due.</summary>
    public FakeTime Time { get; } = new(TimeProvider.System.GetUtcNow().AddMinutes(1));

    public static async Task<NotifierRig> StartAsync(params string[] allowedNetworks)
    {
        var jobs = await JobsDatabase.CreateAsync();
        var receiver = await WebhookReceiver.StartAsync();
        await using (var db = await jobs.OpenAsync())
            receiver.Secret = await db.Tenants.Select(tenant => tenant.WebhookSecret).SingleAsync();
        return new NotifierRig(jobs, receiver, new NotifierOptions { AllowedNetworks = allowedNetworks });
    }

    public async Task StartNotifierAsync()
    {
        var options = Options.Create(_options);
        _sender = new WebhookSender(options, static (host, ct) => Dns.GetHostAddressesAsync(host, ct), Time);
        _dispatcher = new Dispatcher(
            new DeliveryStore(_postgres),
            _sender,
            options,
            Time,
            () => 0.5,
            NullLogger<Dispatcher>.Instance
        );
        await _dispatcher.StartAsync(CancellationToken.None);
    }

    public async Task StopNotifierAsync()
    {
        if (_dispatcher is not null)
            await _dispatcher.StopAsync(CancellationToken.None);
        _dispatcher?.Dispose();
        _sender?.Dispose();
        _dispatcher = null;
    }

    /// <summary>Ends a job that names the receiver, or another address, and returns its delivery.</summary>
    public async Task<WebhookDelivery> EndJobAsync(string? url = null)
    {
        var claim = await Jobs.ClaimNewAsync(job => job with { WebhookUrl = url ?? Receiver.Url.AbsoluteUri });
        await Jobs.SucceedAsync(claim);
        await using var db = await Jobs.OpenAsync();
        return await db.WebhookDeliveries.AsNoTracking().SingleAsync(delivery => delivery.JobId == claim.JobId);
    }

    /// <summary>Lets the notifier's clock run, a poll at a time, until the delivery is as wanted.</summary>
    public async Task<WebhookDelivery> UntilAsync(string deliveryId, Func<WebhookDelivery, bool> wanted)
    {
        using var limit = new CancellationTokenSource(Deadline, TimeProvider.System);
        while (true)
        {
            await using var db = await Jobs.OpenAsync();
            var row = await db.WebhookDeliveries.AsNoTracking().SingleAsync(d => d.Id == deliveryId, limit.Token);
            if (wanted(row))
                return row;
            await Time.TimerArmedAsync(_options.PollInterval).WaitAsync(limit.Token);
            if (Time.ArmedTimers == 1) // the poll; a second one is the deadline of a request, or of writing down how it ended
                Time.Advance(_options.PollInterval);
        }
    }

    public async Task<WebhookEndpoint> EndpointAsync()
    {
        await using var db = await Jobs.OpenAsync();
        return await db.WebhookEndpoints.AsNoTracking().SingleAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopNotifierAsync();
        await Receiver.DisposeAsync();
        await _postgres.DisposeAsync();
        await Jobs.DisposeAsync();
    }
}
