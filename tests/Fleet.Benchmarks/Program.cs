using Fleet.Benchmarks;

switch (args)
{
    case [ZeroSource.Verb]:
        await ZeroSource.RunAsync();
        return 0;
    case [EngineReader.Verb, .. var options]:
        await EngineReader.RunAsync(options);
        return 0;
    case [ChaosVerb.Verb, .. var options]:
        return await ChaosVerb.RunAsync(options);
}

var usage =
    $"usage: bench [engine [{string.Join('|', EngineBench.PartNames)}] | broker [{string.Join('|', BrokerBench.PartNames)}] | pipeline [{string.Join('|', PipelineBench.PartNames)}]] [--json FILE]\n"
    + "  without an area: all of them; without a part: all of the area's";
string? area = null;
string? part = null;
string? json = null;
for (var i = 0; i < args.Length; i++)
{
    if (args[i] == "--json" && i + 1 < args.Length)
        json = args[++i];
    else if (area is null && args[i] is "engine" or "broker" or "pipeline")
        area = args[i];
    else if (part is null && PartsOf(area).Contains(args[i], StringComparer.Ordinal))
        part = args[i];
    else
    {
        await Console.Error.WriteLineAsync($"bench: what is '{args[i]}'?\n{usage}");
        return 2;
    }
}

var report = new Report(Console.Out);
if (area is null or "engine")
    await EngineBench.RunAsync(report, part);
if (area is null or "broker")
    await BrokerBench.RunAsync(report, part);
if (area is null or "pipeline")
    await PipelineBench.RunAsync(report, part);
if (json is not null)
    report.WriteJson(json);
return 0;

static IEnumerable<string> PartsOf(string? area) =>
    area switch
    {
        "engine" => EngineBench.PartNames,
        "broker" => BrokerBench.PartNames,
        "pipeline" => PipelineBench.PartNames,
        _ => [],
    };
