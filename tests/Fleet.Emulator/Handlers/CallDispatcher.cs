using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Fleet.Emulator.Layers;
using Fleet.Emulator.Wire;
using Fleet.Tl;
using Fleet.Tl.Methods;

namespace Fleet.Emulator.Handlers;

/// <summary>
/// Takes a call's bytes to its answer: unwraps, counts, checks login and rules, lets scripted faults in, runs the
/// handler, and builds rpc_result.
/// </summary>
sealed class CallDispatcher(Connection connection)
{
    readonly Server _server = connection.Server;

    /// <summary>The message to send; null when there is to be none.</summary>
    public Outbound? Handle(Session session, long messageId, ReadOnlySpan<byte> body)
    {
        var reply = new Reply(session, messageId, connection.Line.Settings.Latency, _server.Time);
        var reader = new TlReader(body);
        if (reader.PeekUInt32() == Mtp.RpcDropAnswer)
        {
            reader.ReadUInt32();
            var dropped = connection.TryDrop(reader.ReadInt64());
            return reply.Build(writer =>
                writer.WriteUInt32(dropped ? Mtp.RpcAnswerDroppedRunning : Mtp.RpcAnswerUnknown)
            );
        }
        TlObject request;
        try
        {
            request = LayerMapping.ReadCall(body, session.AuthKey.Layer);
        }
        catch (TlException e)
        {
            var id = BinaryPrimitives.ReadUInt32LittleEndian(body);
            EmulatorLog.CallFailed(_server.Log, connection.Endpoint.Dc.Id, $"0x{id:x8}", e.Message);
            return reply.Error(
                new RpcError(400, string.Create(CultureInfo.InvariantCulture, $"INPUT_METHOD_INVALID_{id}"))
            );
        }
        catch (RpcException e)
        {
            return reply.Error(e.Error);
        }
        var misplaced = CdnMethods.ErrorOrNull(session.AuthKey.Dc, request);
        var wrapping = Unwrap(session.AuthKey, ref request);
        return misplaced is null ? Dispatch(session, request, wrapping, reply) : reply.Error(misplaced);
    }

    /// <summary>Takes the wrappers off, and tells what they said.</summary>
    static Wrapping Unwrap(AuthKeyState key, ref TlObject request)
    {
        var wrapping = new Wrapping(WithoutUpdates: false, TakeoutId: null);
        while (request is TlWrapper wrapper)
        {
            if (wrapper is InvokeWithLayer layered)
                key.Layer = layered.Layer;
            if (wrapper is InvokeWithoutUpdates)
                wrapping = wrapping with { WithoutUpdates = true };
            if (wrapper is InvokeWithTakeout { TakeoutId: var takeout })
                wrapping = wrapping with { TakeoutId = takeout };
            request = wrapper.Query;
        }
        return wrapping;
    }

    Outbound? Dispatch(Session session, TlObject request, Wrapping wrapping, Reply reply)
    {
        var key = session.AuthKey;
        if (_server.Methods.FindOrNull(request) is not { } method)
        {
            EmulatorLog.CallFailed(_server.Log, key.Dc, request.GetType().Name, "METHOD_INVALID");
            return reply.Error(new RpcError(400, "METHOD_INVALID"));
        }
        _server.Counters.AddCall(method.Name, key.Dc);
        if (!wrapping.WithoutUpdates && key.Login is not null)
            _server.Counters.AddCallWithUpdates();
        EmulatorLog.Called(_server.Log, key.Dc, method.Name);
        if (connection.Line.DropsCall())
        {
            connection.Abort();
            return null;
        }
        try
        {
            if (CheckOrNull(session, method, wrapping) is { } refused)
                throw refused.ToException();
            var call = new Call(_server, connection, key, method.Name)
            {
                Session = session,
                Takeout = wrapping.TakeoutId is { } id ? TakeoutOf(key, id) : null,
            };
            call.Takeout?.Count(method.Name);
            var fault = _server.Faults.TakeOrNull(method.Name, key.Login?.Account.UserId, key.Dc);
            if (fault is null)
                return reply.Build(method.Handle(call, request));
            return Spoil(session, call, fault, method, request, reply);
        }
        catch (RpcException e)
        {
            EmulatorLog.CallFailed(_server.Log, key.Dc, method.Name, e.Error.Message);
            return reply.Error(e.Error);
        }
#pragma warning disable CA1031 // a fault in a handler must reach the client as Telegram's own: 500, not a dead connection
        catch (Exception e)
#pragma warning restore CA1031
        {
            EmulatorLog.HandlerFailed(_server.Log, key.Dc, method.Name, e);
            return reply.Error(new RpcError(500, "RPC_CALL_FAIL"));
        }
    }

    RpcError? CheckOrNull(Session session, Method method, Wrapping wrapping)
    {
        var key = session.AuthKey;
        if (key.Layer == 0)
            return new RpcError(400, "CONNECTION_NOT_INITED");
        if (key.Login is { Ended: { } ended } login)
            return login.Account.HomeDc == key.Dc ? ended : Unregistered;
        if (method.NeedsLogin && key.Login is null)
            return key.PasswordOwed is null ? Unregistered : new RpcError(401, "SESSION_PASSWORD_NEEDED");
        if (method.UsersOnly && key.Login is { Account.IsBot: true })
            return new RpcError(400, "BOT_METHOD_INVALID");
        var fileCall = wrapping.WithoutUpdates && method.Name.StartsWith("upload.", StringComparison.Ordinal);
        return _server.MainSessions.CheckOrNull(connection, session, fileCall)
            ?? _server.Floods.CheckOrNull(key.Login?.Account.UserId ?? 0, key.Dc, method.Name);
    }

    EmulatedTakeout TakeoutOf(AuthKeyState key, long id) =>
        _server.Takeouts.OpenOrNull(id, key.Login?.Account.UserId) ?? throw new RpcException(400, "TAKEOUT_INVALID");

    static RpcError Unregistered => new(401, "AUTH_KEY_UNREGISTERED");

    Outbound? Spoil(Session session, Call call, Fault fault, Method method, TlObject request, Reply reply)
    {
        switch (fault.Kind)
        {
            case FaultKind.Silence:
                return null;
            case FaultKind.Drop:
                connection.Abort();
                return null;
            case FaultKind.WrongSalt:
                call.Key.ReplaceSalts();
                return reply.Refused(48, call.Key.CurrentSalt(_server.Time.GetUtcNow()));
            case FaultKind.BadMessage:
                return reply.Refused(fault.Code, call.Key.CurrentSalt(_server.Time.GetUtcNow()));
            case FaultKind.NewSession:
                return reply.NewSession(session.Forget(), call.Key.CurrentSalt(_server.Time.GetUtcNow()));
            case FaultKind.LostAnswer:
                session.Withhold(reply.Build(method.Handle(call, request)));
                return null;
            case FaultKind.Error:
                if (FaultEffects.Apply(call, fault.Error!, request))
                    throw fault.Error!.ToException();
                return reply.Build(method.Handle(call, request));
            default:
                return reply.Build(method.Handle(call, request), fault);
        }
    }

    [StructLayout(LayoutKind.Auto)]
    readonly record struct Wrapping(bool WithoutUpdates, long? TakeoutId);
}
