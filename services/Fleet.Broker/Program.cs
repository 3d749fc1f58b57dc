using Fleet.Broker;
using Fleet.Broker.Verbs;

var builder = WebApplication.CreateBuilder();
builder.AddBrokerStores();

return args is [var verb, .. var rest] && verb is not "serve"
    ? await BrokerVerbs.RunAsync(builder, verb, rest)
    : await builder.ServeAsync();
