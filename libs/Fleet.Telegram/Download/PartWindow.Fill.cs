namespace Fleet.Telegram;

/// <content>The work on one part.</content>
sealed partial class PartWindow
{
    /// <summary>The loop of one slot. Never faults.</summary>
    async Task FillAsync(PartSlot slot)
    {
        await slot.BegunAsync();
        while (slot.State == SlotState.Filling)
        {
            Exception? failure = null;
            try
            {
                slot.Block = await slot.MemoryAsync();
                slot.Call.Begin(slot.Part, slot.Block);
                if (_route.IsStraight(slot.Call))
                {
                    if (_verifier is { } verifier)
                        await verifier.FetchAsync(slot.Call, slot.Lease, slot.Stop.Token);
                    else
                        await _fetcher.FetchAsync(slot.Call, slot.Lease, avoid: null, slot.Stop.Token);
                }
                if (!slot.Call.HasBytes)
                    await _route.FetchAsync(slot.Call, slot.Lease, _verifier, slot.Stop.Token);
            }
#pragma warning disable CA1031 // whatever happened, the consumer meets it at this place of the file
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure = e;
            }
            lock (_lock)
                slot.State = SlotState.Landing; // no hedge begins any more
            if (slot.Hedge is { } hedge)
                await EndHedgeAsync(slot, hedge);
            slot.Arm();
            Ended(slot, failure);
            await slot.BegunAsync();
        }
    }

    void Ended(PartSlot slot, Exception? failure)
    {
        lock (_lock)
            Ended_NeedsLock(slot, failure);
        Go();
        HedgeHead();
    }

    void Ended_NeedsLock(PartSlot slot, Exception? failure)
    {
        if ((slot.IsDropped || failure is not null) && slot.Block is { } block)
        {
            _context.Memory.Return(block);
            slot.Block = null;
        }
        if (slot.IsDropped)
        {
            Free_NeedsLock(slot);
            Begin_NeedsLock();
            _headReady.TrySet(); // there may have been no place for the head
            return;
        }
        if (failure is null)
        {
            slot.State = SlotState.Filled;
            _hedging.Received(slot.Part.Length, _context.Time.GetElapsedTime(slot.Lease.Since));
        }
        else
        {
            (slot.State, slot.Failure) = (SlotState.Failed, failure);
            _failed = true; // no further part is begun; those before it still come
        }
        if (_order.TryPeek(out var head) && ReferenceEquals(head, slot))
            _headReady.TrySet();
    }

    /// <summary>Asks again for the head of the window when it is late while the part behind it is there; or sets the alarm for when it
    /// will be late.</summary>
    void HedgeHead()
    {
        lock (_lock)
        {
            if (_ended || _hedging.Patience is not { } patience || HeadThatBlocks_NeedsLock() is not { } head)
                return;
            if (!_fetcher.HasChoice || head.Call.IsOnCdn)
                return;
            // Written by the head's own loop: a torn view costs a needless hedge at worst.
            if (head.Lease.Lane is null || head.Lease.Connection is not { } connection)
                return;
            var left = patience - _context.Time.GetElapsedTime(head.Lease.Since);
            if (left > TimeSpan.Zero)
            {
                _hedgeAlarm.Change(left + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
                return;
            }
            _hedging.Began();
            head.Hedge = new Hedge();
            head.Hedge.Begin(_fetcher, head, new HedgedFrom(head.Lease.Access, connection));
        }
    }

    PartSlot? HeadThatBlocks_NeedsLock()
    {
        if (!_order.TryPeek(out var head) || head.State != SlotState.Filling || head.Hedge is not null)
            return null;
        foreach (var slot in _order)
        {
            if (slot.State == SlotState.Filled)
                return head;
        }
        return null;
    }

    async Task EndHedgeAsync(PartSlot slot, Hedge hedge)
    {
        await hedge.EndAsync();
        hedge.Dispose();
        lock (_lock)
        {
            slot.Hedge = null;
            _hedging.Ended();
        }
    }
}
