using FsCheck;
using FsCheck.Fluent;

namespace Fleet.UnitTests.MtProto;

[Category("engine")]
sealed class SessionPropertyTests
{
    const int Runs = 300;
    const int StepsPerRun = 200;

    /// <summary>Calls, answers, losses, bad_msg, bad salts, new sessions, duplicates, reordering and cancellations in any
    /// order.</summary>
    [Test]
    public void Whatever_a_server_does_every_call_completes_once_and_nothing_is_left_over() =>
        Prop.ForAll(
                Gen.Choose(0, int.MaxValue).ArrayOf(StepsPerRun).ToArbitrary(),
                steps => new SessionModel().Run(steps) is { } wrong ? throw new InvalidOperationException(wrong) : true
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(Runs));
}
