using Fleet.Hosting;
using Fleet.Hosting.Bus;
using Fleet.Intake;
using Fleet.Intake.Api;
using Fleet.Intake.Background;
using Fleet.Intake.Limits;
using Fleet.Intake.Page;
using Fleet.Intake.Previews;
using Fleet.Intake.Verbs;
using Fleet.Jobs;
using Fleet.Storage;

var builder = WebApplication.CreateBuilder();
builder.AddFleetDefaults("intake");
builder
    .Services.AddFleetOptions<IntakeOptions>()
    .AddFleetOptions<LimitsOptions>()
    .AddFleetOptions<RedisOptions>()
    .AddFleetOptions<PreviewOptions>()
    .AddFleetOptions<PostgresOptions>()
    .AddFleetOptions<JobsOptions>()
    .AddFleetOptions<StorageOptions>();
builder.Services.AddJobs().AddObjectStore().AddIntakeApi().AddPage();
builder.AddFleetBus(bus => bus.SendTo(JobQueues.All));

if (args is [var verb, .. var rest])
    return await IntakeVerbs.RunAsync(builder, verb, rest);

builder.Services.AddHostedService<OutboxRelay>().AddHostedService<ReconcileLoop>();

var app = builder.Build();
app.UseFleetProblems();
app.UsePage();
app.MapFleetHealth();
app.MapIntakeApi();
app.MapSession();
await app.RunAsync();
return 0;
