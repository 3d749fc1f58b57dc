using Fleet.Jobs;
using Fleet.Notifier.Sending;
using Npgsql;

namespace Fleet.Notifier.Deliveries;

/// <summary>A delivery that this process may try now.</summary>
public sealed record ClaimedDelivery
{
    public required string Id { get; init; }
    public required Guid EndpointId { get; init; }
    public required Guid? JobId { get; init; }

    /// <summary>Number of this try, from 1. The result is written only while the row still has it.</summary>
    public required int Attempt { get; init; }

    public required string Url { get; init; }
    public required string Secret { get; init; }

    /// <summary>The secret before, while it signs too.</summary>
    public string? OldSecret { get; init; }

    /// <summary>Its owner asked for this try, the only one.</summary>
    public bool IsManual { get; init; }

    public required byte[] Body { get; init; }

    /// <summary>First failure of the endpoint after its last success.</summary>
    public DateTimeOffset? FirstFailedAt { get; init; }

    /// <summary>Leaves out the address and the secret, which belong to the tenant.</summary>
    public override string ToString() => $"{Id} attempt {Attempt}";
}

/// <summary>Takes deliveries that are due, and writes what came of them.</summary>
public sealed class DeliveryStore(NpgsqlDataSource postgres)
{
    // The attempt counts from the claim on, so a notifier that dies in the middle of a try cannot try for ever.
    const string ClaimSql = """
        update webhook_delivery d
        set attempt = d.attempt + 1, next_at = @until
        from webhook_endpoint e
        where e.id = d.endpoint_id
          and d.id = (
            select due.id
            from webhook_delivery due
            join webhook_endpoint owner on owner.id = due.endpoint_id
            where due.state = 'pending' and due.next_at <= @now
              and owner.disabled_at is null and due.endpoint_id <> all(@full)
            order by due.next_at
            limit 1
            for update of due skip locked)
        returning d.id, d.endpoint_id, d.job_id, d.attempt, e.url, e.secret, d.body, e.first_failed_at,
            case when e.old_secret_until > @now then e.old_secret end, d.is_manual
        """;

    const string FinishSql = """
        with done as (
            update webhook_delivery
            set state = @state, next_at = @next, is_manual = false, last_status = @status, last_error = @error, last_response = @response,
                delivered_at = case when @state = 'delivered' then @now end
            where id = @id and attempt = @attempt and state = 'pending'
            returning endpoint_id
        ), endpoint as (
            update webhook_endpoint e
            set failures_in_row = case when @error is null then 0 else e.failures_in_row + 1 end,
                first_failed_at = case when @error is null then null else coalesce(e.first_failed_at, @now) end,
                disabled_at = case when @disable is null then e.disabled_at else coalesce(e.disabled_at, @now) end,
                disabled_reason = case when @disable is null then e.disabled_reason else coalesce(e.disabled_reason, @disable) end
            from done
            where e.id = done.endpoint_id and (@error is not null or e.failures_in_row > 0)
        )
        select count(*) from done
        """;

    // What waits for a disabled endpoint is given up when it falls due, so an owner who repairs it soon misses nothing.
    const string DropSql = """
        update webhook_delivery d
        set state = 'failed', next_at = null, last_error = 'endpoint_disabled'
        from webhook_endpoint e
        where e.id = d.endpoint_id and e.disabled_at is not null and d.state = 'pending' and d.next_at <= @now
        """;

    /// <summary>Takes the delivery that has been due longest, or returns null when none is.</summary>
    /// <param name="now">The present.</param>
    /// <param name="until">When another notifier may take it again.</param>
    /// <param name="full">Endpoints to leave out.</param>
    /// <param name="ct">Gives up; nothing is taken.</param>
    public async Task<ClaimedDelivery?> ClaimOrNullAsync(
        DateTimeOffset now,
        DateTimeOffset until,
        Guid[] full,
        CancellationToken ct
    )
    {
        await using var claim = postgres.CreateCommand(ClaimSql);
        claim.Parameters.AddWithValue("now", now);
        claim.Parameters.AddWithValue("until", until);
        claim.Parameters.AddWithValue("full", full);
        await using var rows = await claim.ExecuteReaderAsync(ct);
        return await rows.ReadAsync(ct)
            ? new ClaimedDelivery
            {
                Id = rows.GetString(0),
                EndpointId = rows.GetGuid(1),
                JobId = await rows.GetFieldValueAsync<Guid?>(2, ct),
                Attempt = rows.GetInt32(3),
                Url = rows.GetString(4),
                Secret = rows.GetString(5),
                Body = await rows.GetFieldValueAsync<byte[]>(6, ct),
                FirstFailedAt = await rows.GetFieldValueAsync<DateTimeOffset?>(7, ct),
                OldSecret = await rows.IsDBNullAsync(8, ct) ? null : rows.GetString(8),
                IsManual = rows.GetBoolean(9),
            }
            : null;
    }

    /// <summary>Writes the result of a try; false when the row has been taken by another notifier meanwhile.</summary>
    public async Task<bool> FinishAsync(
        ClaimedDelivery delivery,
        SendOutcome outcome,
        DeliveryVerdict verdict,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        await using var finish = postgres.CreateCommand(FinishSql);
        var values = finish.Parameters;
        values.AddWithValue("id", delivery.Id);
        values.AddWithValue("attempt", delivery.Attempt);
        values.AddWithValue("state", EnumText.Of(verdict.State));
        values.AddWithValue("now", now);
        values.Add(new NpgsqlParameter<DateTimeOffset?>("next", now + verdict.Pause));
        values.Add(new NpgsqlParameter<int?>("status", outcome.Status));
        values.Add(new NpgsqlParameter<string?>("error", outcome.Fault is { } fault ? EnumText.Of(fault) : null));
        values.Add(new NpgsqlParameter<string?>("response", outcome.Response));
        values.Add(new NpgsqlParameter<string?>("disable", verdict.DisableReason));
        return await finish.ExecuteScalarAsync(ct) is > 0L;
    }

    /// <summary>Gives up what is due for disabled endpoints.</summary>
    public async Task DropDisabledAsync(DateTimeOffset now, CancellationToken ct)
    {
        await using var drop = postgres.CreateCommand(DropSql);
        drop.Parameters.AddWithValue("now", now);
        await drop.ExecuteNonQueryAsync(ct);
    }
}
