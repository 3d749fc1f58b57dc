using Fleet.Fuzz;

namespace Fleet.UnitTests.Fuzz;

/// <summary>The fuzzer of <c>./fleet fuzz</c>, for a few seconds and always with the same inputs.</summary>
[Category("engine")]
public sealed class FuzzTests
{
    const int Seed = 20261122;
    const int Inputs = 40_000;

    [Test]
    public void No_input_of_a_stranger_crashes_hangs_or_exhausts_the_engine()
    {
        var report = new Fuzzer(Fuzzer.AllTargets, Seed).Run(Inputs, Timeout.InfiniteTimeSpan);

        Assert.That(report.Failure is { } f ? $"{f.Reason}\n{f.Replay}" : null, Is.Null);
        Assert.That(report.Inputs, Is.EqualTo(Inputs));
    }

    [Test]
    public void The_same_seed_makes_the_same_run()
    {
        var targets = Fuzzer.AllTargets.Where(t => t.Name is "links" or "frames").ToList();

        var one = new Fuzzer(targets, Seed).Run(2000, Timeout.InfiniteTimeSpan);
        var two = new Fuzzer(targets, Seed).Run(2000, Timeout.InfiniteTimeSpan);

        Assert.That(two.Outcomes, Is.EquivalentTo(one.Outcomes));
    }

    /// <summary>If these were refused, what is made of them would hardly get past the door.</summary>
    [TestCase("exchange", "a key")]
    [TestCase("messages", "taken")]
    [TestCase("links", "read")]
    [TestCase("objects", "read")]
    [TestCase("wires", "greeted")]
    public void Among_the_first_inputs_are_some_that_are_taken(string name, string kind)
    {
        var target = Fuzzer.AllTargets.Single(t => t.Name == name);

        var kinds = target.Seeds.Select(seed => target.Run(seed).Kind);

        Assert.That(kinds, Has.Some.EqualTo(kind));
    }

    [Test]
    public void What_the_engine_keeps_of_its_inputs_is_noticed_when_it_grows()
    {
        var report = new Fuzzer([new FaultyTarget("leak")], Seed) { MostGrowthBytes = 8 << 20, GrowthEvery = 64 }.Run(
            10_000,
            Timeout.InfiniteTimeSpan
        );

        Assert.That(report.Failure!.Reason, Does.Contain("the heap grew"));
        Assert.That(report.Inputs, Is.LessThan(10_000));
    }

    [Test]
    public void Inputs_that_lead_to_something_new_are_kept_in_the_corpus_folder_and_start_the_next_run()
    {
        using var folder = new Fleet.Testing.TemporaryFolder();
        var targets = Fuzzer.AllTargets.Where(t => t.Name == "links").ToList();

        new Fuzzer(targets, Seed) { CorpusFolder = folder.Path }.Run(3000, Timeout.InfiniteTimeSpan);
        var kept = Directory.GetFiles(Path.Combine(folder.Path, "links")).Length;
        var seeds = targets[0].Seeds.Count;
        new Fuzzer(targets, Seed) { CorpusFolder = folder.Path }.Run(seeds + kept, Timeout.InfiniteTimeSpan);

        Assert.That(kept, Is.Positive);
        Assert.That(Directory.GetFiles(Path.Combine(folder.Path, "links")), Has.Length.EqualTo(kept));
    }

    [TestCase("crash", "a bug", Description = "an exception")]
    [TestCase("memory", "allocated")]
    [TestCase("hang", "takes too long")]
    public void A_failure_names_its_input_and_the_command_that_replays_it(string fault, string reason)
    {
        var report = new Fuzzer([new FaultyTarget(fault)], Seed)
        {
            LongestInputTime = TimeSpan.FromMilliseconds(300),
        }.Run(100, Timeout.InfiniteTimeSpan);

        Assert.That(report.Failure!.Reason, Does.Contain(reason));
        Assert.That(report.Failure.Replay, Is.EqualTo("./fleet fuzz --target faulty --input 2a"));
    }

    sealed class FaultyTarget(string fault) : FuzzTarget
    {
        public override string Name => "faulty";

        public override int Share => 1;

        public override IReadOnlyList<byte[]> Seeds =>
            [
                [1],
                [0x2a],
            ];

        readonly List<byte[]> _leaked = [];

        public override FuzzOutcome Run(byte[] input)
        {
            if (fault == "leak")
                _leaked.Add(new byte[50_000]);
            if (fault == "leak" || input is not [0x2a])
                return new FuzzOutcome("fine");
            switch (fault)
            {
                case "crash":
                    throw new InvalidOperationException("a bug");
                case "memory":
                    GC.KeepAlive(new byte[1 << 20]);
                    break;
                default:
                    new ManualResetEventSlim().Wait(CancellationToken.None);
                    break;
            }
            return new FuzzOutcome("fine");
        }
    }
}
