using System.Globalization;
using Fleet.Fuzz;

const string Usage = """
    usage: fuzz [--inputs N] [--seconds N] [--seed S] [--target NAME] [--corpus DIR] [--failures DIR] [--input HEX|FILE]
      --inputs N    stop after N inputs (default: no limit)
      --seconds N   stop after N seconds (default: 60, no limit with --inputs)
      --seed S      the inputs to make; printed, chosen by the clock when not given
      --target NAME one of the targets: frames wires objects messages exchange links (default: all)
      --corpus DIR  start from the inputs in DIR/NAME too, and add those that lead to something new (default: none)
      --failures DIR  where an input that fails is kept (default: .fleet/fuzz)
      --input HEX   run this one input of the target; a file's content if there is such a file
    """;

string[] options = ["--inputs", "--seconds", "--seed", "--target", "--corpus", "--failures", "--input"];
var values = new Dictionary<string, string>(StringComparer.Ordinal);
for (var i = 0; i < args.Length; i += 2)
{
    if (i + 1 == args.Length || !options.Contains(args[i], StringComparer.Ordinal))
    {
        await Console.Error.WriteLineAsync(Usage);
        return args[i] is "--help" or "-h" ? 0 : 2;
    }
    values[args[i]] = args[i + 1];
}
var named = values.GetValueOrDefault("--target");
var targets = Fuzzer
    .AllTargets.Where(t => named is null || string.Equals(t.Name, named, StringComparison.Ordinal))
    .ToList();
if (targets.Count == 0 || (values.ContainsKey("--input") && named is null))
{
    await Console.Error.WriteLineAsync(Usage);
    return 2;
}
if (values.TryGetValue("--input", out var text))
{
    var input = File.Exists(text) ? await File.ReadAllBytesAsync(text) : Convert.FromHexString(text);
    return Fuzzer.Replay(targets[0], input, out var outcome) is { } failed ? Tell(failed) : Say($"{outcome}");
}

long? Number(string name) =>
    values.TryGetValue(name, out var value) ? long.Parse(value, CultureInfo.InvariantCulture) : null;
var inputs = Number("--inputs");
var seconds = Number("--seconds") ?? (inputs is null ? 60 : null);
var seed = (int)(Number("--seed") ?? TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
Say($"seed {seed}");
var report = new Fuzzer(targets, seed) { CorpusFolder = values.GetValueOrDefault("--corpus") }.Run(
    inputs ?? long.MaxValue,
    seconds is { } limit ? TimeSpan.FromSeconds(limit) : Timeout.InfiniteTimeSpan
);
foreach (var target in targets)
{
    var kinds = report
        .Outcomes.Where(o => string.Equals(o.Key.Target, target.Name, StringComparison.Ordinal))
        .OrderByDescending(o => o.Value)
        .ToList();
    Say(
        $"{target.Name, -9} {kinds.Sum(o => o.Value), 10}  {string.Join(", ", kinds.Select(o => $"{o.Key.Kind} {o.Value}"))}"
    );
}
Say($"{report.Inputs} inputs, {(report.Failure is null ? "none" : "one")} failed");
if (report.Failure is not { } failure)
    return 0;
var kept = Path.Combine(values.GetValueOrDefault("--failures") ?? Path.Combine(".fleet", "fuzz"), failure.Target);
Say($"seed {seed}, input kept in {InputFolder.Save(kept, failure.Input)}");
return Tell(failure);

static int Say(string line)
{
    Console.WriteLine(line);
    return 0;
}

static int Tell(FuzzFailure failure)
{
    Console.WriteLine($"FAILED {failure.Target}: {failure.Reason}");
    Console.WriteLine(failure.Replay);
    return 1;
}
