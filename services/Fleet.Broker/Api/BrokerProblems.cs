using Fleet.Hosting;
using Fleet.Sessions;

namespace Fleet.Broker.Api;

/// <summary>HTTP status and title of every code of the internal API.</summary>
static class BrokerProblems
{
    static readonly Dictionary<string, ProblemType> Types = new ProblemType[]
    {
        new(BrokerCodes.BadRequest, 400, "The request is not of the contract's form."),
        new(BrokerCodes.Unauthorized, 401, "The credentials are missing or wrong."),
        new(BrokerCodes.LinkInvalid, 422, "This is not a Telegram link."),
        new(BrokerCodes.LinkUnsupported, 422, "This form of Telegram link is not served."),
        new(BrokerCodes.MessageNotFound, 404, "There is no such chat or message."),
        new(BrokerCodes.NoMedia, 422, "The message holds no document."),
        new(BrokerCodes.ContentProtected, 403, "The chat forbids saving."),
        new(BrokerCodes.SourcePrivate, 403, "No account of the fleet may read the chat."),
        new(BrokerCodes.InviteNamesNoMessage, 422, "An invitation names no message."),
        new(BrokerCodes.TooManyItems, 422, "The link asks for more files than one job may have."),
        new(BrokerCodes.NoAccount, 503, "There is no usable account."),
        new(BrokerCodes.Flood, 429, "Telegram asks every account to wait."),
        new(BrokerCodes.NoCapacity, 429, "Every account is busy."),
        new(BrokerCodes.AccountUnusable, 503, "The account cannot be used."),
        new(BrokerCodes.AccountNotFound, 404, "There is no such account."),
        new(BrokerCodes.AccountState, 409, "The account's state does not allow that."),
        new(BrokerCodes.StaleFence, 409, "The lease is not valid any more."),
        new(BrokerCodes.TelegramUnavailable, 502, "Telegram does not answer as it should."),
        new(BrokerCodes.BrokerUnavailable, 503, "The broker cannot do this now."),
    }.ToDictionary(type => type.Code, StringComparer.Ordinal);

    /// <summary>The problem document of an error.</summary>
    public static ProblemException Of(BrokerException e) =>
        new(Types.GetValueOrDefault(e.Code, CommonProblems.InternalError), e.Detail ?? e.Message)
        {
            RetryAt = e.RetryAt,
        };
}
