using Fleet.Broker;
using Fleet.Broker.Verbs;

var builder = WebApplication.CreateBuilder();
builder.AddBrokerStores();

if (args is [var verb, .. var rest] && verb is not "serve")
    return await BrokerVerbs.RunAsync(builder, verb, rest);

await builder.AddBroker().Build().MapBroker().RunAsync();
return 0;
