using Fleet.Sessions;
using Microsoft.Extensions.Options;

namespace Fleet.Broker.Accounts;

/// <summary>
/// Takes work on an account's main session to where it runs: here when this replica owns the account or can claim it,
/// else to its owner. The owner never passes a call on, so calls do not circle.
/// </summary>
sealed class OwnerRoute(
    IHttpClientFactory http,
    IServiceProvider services,
    IOptions<OwnershipOptions> options,
    TimeProvider time
)
{
    /// <summary>Name of the HTTP client for calls between replicas.</summary>
    public const string HttpClient = "replica";

    /// <summary>Does <paramref name="here"/>, or <paramref name="there"/> when another replica owns the account.</summary>
    /// <exception cref="BrokerException">What the work ended with; account_unusable while the owner changes.</exception>
    public async Task<T> RunAsync<T>(Func<Task<T>> here, Func<BrokerHttp, Task<T>> there)
    {
        try
        {
            return await here();
        }
        catch (OwnedElsewhereException e)
        {
            if (To(e.Owner) is not { } owner)
                throw new BrokerException(BrokerCodes.AccountUnusable, "the account is changing its owner", inner: e);
            return await there(owner);
        }
    }

    /// <summary>A client of the replica of that address; null when it is not one of a replica.</summary>
    public BrokerHttp? To(string owner)
    {
        if (!Uri.TryCreate(owner, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            return null;
        // Read when it is needed: a verb of the command line that meets no owner needs no token.
        var caller = services.GetRequiredService<BrokerOptions>() with
        {
            Deadline = options.Value.Patience,
        };
        return new BrokerHttp(http.CreateClient(HttpClient), url, caller, time);
    }
}
