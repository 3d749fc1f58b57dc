using Fleet.Benchmarks;

if (args is [ZeroSource.Verb])
{
    await ZeroSource.RunAsync();
    return 0;
}

string[] areas = ["engine", "pipeline"];
string? area = null;
string? json = null;
for (var i = 0; i < args.Length; i++)
{
    if (args[i] == "--json" && i + 1 < args.Length)
        json = args[++i];
    else if (area is null && areas.Contains(args[i], StringComparer.Ordinal))
        area = args[i];
    else
    {
        await Console.Error.WriteLineAsync(
            $"bench: '{args[i]}' is neither an area ({string.Join(", ", areas)}) nor --json FILE"
        );
        return 2;
    }
}

var report = new Report(Console.Out);
if (area is null or "engine")
    await EngineBench.RunAsync(report);
if (area is null or "pipeline")
    await PipelineBench.RunAsync(report);
if (json is not null)
    report.WriteJson(json);
return 0;
