using Fleet.Testing;

namespace Fleet.SystemTests;

/// <summary>Ends the shared servers when the last test of the run has ended.</summary>
[SetUpFixture]
public sealed class SharedBackends
{
    [OneTimeTearDown]
    public Task StopAsync() => Backends.StopAsync();
}
