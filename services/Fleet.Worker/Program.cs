using Fleet.Hosting;
using Fleet.Jobs;
using Fleet.Media;
using Fleet.Sessions;
using Fleet.Storage;
using Fleet.Telegram;
using Fleet.Worker;
using Fleet.Worker.Live;

var builder = WebApplication.CreateBuilder(args);
builder.AddFleetDefaults("worker");
builder.Configuration.AddWorkerDefaults();
builder.Services.AddFleetOptions<PostgresOptions>().AddFleetOptions<JobsOptions>();
builder.Services.AddFleetOptions<WorkerOptions>().AddFleetOptions<DownloadOptions>().AddFleetOptions<MediaOptions>();
builder.Services.AddFleetOptions<StorageOptions>().AddFleetOptions<BrokerOptions>();
builder.Services.AddJobs().AddObjectStore().AddPipeline().AddReadyChecks();
builder.AddJobQueues();

var app = builder.Build();
app.UseFleetProblems();
app.MapFleetHealth();
app.MapLive();
await app.RunAsync();
