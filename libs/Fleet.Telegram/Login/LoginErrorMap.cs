using Fleet.MtProto;

namespace Fleet.Telegram;

/// <summary>From Telegram's words for a failed login to ours.</summary>
static class LoginErrorMap
{
    public static async Task<T> RunAsync<T>(Func<Task<T>> step)
    {
        try
        {
            return await step();
        }
        catch (RpcException e)
        {
            if (MapOrNull(e) is { } known)
                throw known;
            throw;
        }
    }

    static LoginException? MapOrNull(RpcException e) =>
        e.Type switch
        {
            "PHONE_NUMBER_INVALID" => new(LoginErrors.PhoneInvalid, "This is not a phone number that can log in.", e),
            "PHONE_NUMBER_UNOCCUPIED" => new(LoginErrors.PhoneUnregistered, "The number has no account.", e),
            "PHONE_NUMBER_BANNED" or "USER_DEACTIVATED" or "USER_DEACTIVATED_BAN" => new(
                LoginErrors.Banned,
                "Telegram closed the account or the number.",
                e
            ),
            "PHONE_CODE_INVALID" or "PHONE_CODE_EMPTY" => new(LoginErrors.CodeInvalid, "The code is wrong.", e),
            "PHONE_CODE_EXPIRED" => new(LoginErrors.CodeExpired, "The code is too old; ask for another.", e),
            "SESSION_PASSWORD_NEEDED" => new(
                LoginErrors.PasswordNeeded,
                "The account has two-step verification; give its password.",
                e
            ),
            "PASSWORD_HASH_INVALID" => new(LoginErrors.PasswordInvalid, "The password is wrong.", e),
            "ACCESS_TOKEN_INVALID" or "ACCESS_TOKEN_EXPIRED" => new(
                LoginErrors.BotTokenInvalid,
                "The bot token is wrong or was revoked.",
                e
            ),
            "API_ID_INVALID" or "API_ID_PUBLISHED_FLOOD" => new(
                LoginErrors.ApiIdInvalid,
                "Telegram does not accept the api_id and api_hash.",
                e
            ),
            _ => null,
        };
}
