using Fleet.Hosting;
using Fleet.Jobs;
using Fleet.Notifier;

var builder = WebApplication.CreateBuilder(args);
builder.AddFleetDefaults("notifier");
builder.Services.AddFleetOptions<PostgresOptions>().AddFleetOptions<JobsOptions>().AddFleetOptions<NotifierOptions>();
builder.Services.AddJobs().AddNotifier();

var app = builder.Build();
app.MapFleetHealth();
await app.RunAsync();
