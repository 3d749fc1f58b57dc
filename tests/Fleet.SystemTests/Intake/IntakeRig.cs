using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Fleet.Storage;
using Fleet.SystemTests.Jobs;
using Fleet.Testing;

namespace Fleet.SystemTests.Intake;

/// <summary>Intake as a real process over a database and a directory of its own, with the API key of one tenant.</summary>
public sealed class IntakeRig : IAsyncDisposable
{
    const string LinkKey = "a signing key of forty characters, or so";

    static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);

    readonly string _objects = Directory.CreateTempSubdirectory("fleet-intake-").FullName;
    ChildProcess _process = null!;
    Dictionary<string, string> _environment = null!;

    IntakeRig() { }

    /// <summary>The stores over Intake's database, to play the worker with.</summary>
    public JobsDatabase Jobs { get; private set; } = null!;

    public DirectoryObjectStore Objects { get; private set; } = null!;

    /// <summary>Sends the tenant's key; follows no redirects.</summary>
    public HttpClient Http { get; private set; } = null!;

    public string ApiKey { get; private set; } = null!;

    public static async Task<IntakeRig> StartAsync(RabbitMq rabbit, params (string Name, string Value)[] settings)
    {
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Ports.FreeBlock()}"));
        var rig = new IntakeRig { Jobs = await JobsDatabase.CreateAsync() };
        rig.Objects = new DirectoryObjectStore(rig._objects, address, new LinkSigner(LinkKey, TimeProvider.System));
        await rig.Objects.PrepareAsync(CancellationToken.None);
        rig.ApiKey = (await rig.Jobs.Tenants.CreateKeyAsync("first", CancellationToken.None)).Text;
        rig.Http = rig.ClientFor(rig.ApiKey, address);

        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ASPNETCORE_URLS"] = address.AbsoluteUri,
            ["FLEET_Postgres__ConnectionString"] = rig.Jobs.ConnectionString,
            ["FLEET_RabbitMq__Uri"] = rabbit.Uri.AbsoluteUri,
            ["FLEET_Storage__Directory"] = rig._objects,
            ["FLEET_Storage__PublicUrl"] = address.AbsoluteUri,
            ["FLEET_Storage__LinkKey"] = LinkKey,
        };
        foreach (var (name, value) in settings)
            environment[name] = value;
        rig._environment = environment;
        rig._process = await ChildProcess.StartAsync(
            "Fleet.Intake",
            [Repository.Executable("Fleet.Intake")],
            environment
        );
        await rig._process.UntilAsync(
            "is ready",
            async ct => (await rig.Http.GetAsync("/readyz", ct)).IsSuccessStatusCode,
            StartDeadline
        );
        return rig;
    }

    /// <summary>A client with another key, or with none.</summary>
    public HttpClient ClientFor(string? key, Uri? address = null)
    {
        var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = address ?? Http.BaseAddress,
        };
        if (key is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return http;
    }

    /// <summary>Posts a job of a link and returns it.</summary>
    public async Task<JsonObject> SubmitAsync(int message = 1)
    {
        using var answer = await Http.PostAsJsonAsync("/v1/jobs", BodyFor(message));
        return await ReadAsync(answer);
    }

    public static object BodyFor(int message) => new { source = new { link = $"https://t.me/fleetdemo/{message}" } };

    public static async Task<JsonObject> ReadAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        return JsonNode.Parse(text) as JsonObject ?? throw new FormatException($"{answer.StatusCode}: {text}");
    }

    /// <summary>Runs a verb of Intake's executable and returns what it printed.</summary>
    public Task<string> RunAsync(params string[] arguments) =>
        ChildProcess.RunAsync([Repository.Executable("Fleet.Intake"), .. arguments], _environment, StartDeadline);

    /// <summary>The last lines of Intake's log.</summary>
    public string Log => _process.Output;

    public async ValueTask DisposeAsync()
    {
        Http?.Dispose();
        if (_process is not null)
            await _process.DisposeAsync();
        await Jobs.DisposeAsync();
        Directory.Delete(_objects, recursive: true);
    }
}
