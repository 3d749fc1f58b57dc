using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.Emulator.Handlers;

/// <summary>account.*TakeoutSession. Whether a call may be made in a takeout is checked where it is unwrapped.</summary>
/// <remarks>https://core.telegram.org/api/takeout</remarks>
static class TakeoutMethods
{
    public static void AddTo(MethodTable table)
    {
        table.Add<AccountInitTakeoutSession>(
            "account.initTakeoutSession",
            (call, request) =>
                new AccountTakeout
                {
                    Id = call.Server.Takeouts.Begin(call.Account.UserId, request.Files, request.FileMaxSize ?? 0).Id,
                },
            usersOnly: true
        );
        table.Add<AccountFinishTakeoutSession>("account.finishTakeoutSession", Finish, usersOnly: true);
    }

    static Answer Finish(Call call, AccountFinishTakeoutSession request)
    {
        if (call.Takeout is not { } takeout)
            throw new RpcException(403, "TAKEOUT_REQUIRED");
        call.Server.Takeouts.End(takeout.UserId, request.Success);
        return new BoolAnswer(true);
    }
}
