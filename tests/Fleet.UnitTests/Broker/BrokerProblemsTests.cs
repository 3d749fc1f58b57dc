using System.Reflection;
using Fleet.Broker.Api;
using Fleet.Sessions;

namespace Fleet.UnitTests.Broker;

[Category("broker")]
public sealed class BrokerProblemsTests
{
    static IEnumerable<string> Codes =>
        typeof(BrokerCodes)
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(constant => (string)constant.GetRawConstantValue()!);

    [TestCaseSource(nameof(Codes))]
    public void Every_code_has_a_status_of_its_own_and_keeps_its_detail(string code)
    {
        var problem = BrokerProblems.Of(new BrokerException(code, "what happened", DateTimeOffset.UnixEpoch));

        Assert.That(problem.Type.Code, Is.EqualTo(code));
        Assert.That(problem.Type.Status, Is.InRange(400, 599));
        Assert.That(problem.Message, Is.EqualTo("what happened"));
        Assert.That(problem.RetryAt, Is.EqualTo(DateTimeOffset.UnixEpoch));
    }

    [TestCaseSource(nameof(Codes))]
    public void What_may_pass_with_time_is_not_the_callers_fault(string code)
    {
        var status = BrokerProblems.Of(new BrokerException(code)).Type.Status;

        Assert.That(status is 429 or >= 500, Is.EqualTo(BrokerCodes.IsTransient(code)));
    }
}
