using System.ComponentModel.DataAnnotations;
using Fleet.Worker;
using Fleet.Worker.Transfer;
using Microsoft.Extensions.Options;

namespace Fleet.UnitTests.Worker;

[Category("pipeline")]
public sealed class WorkerOptionsTests
{
    [Test]
    public void The_defaults_are_valid() => Assert.That(Faults(new()), Is.Empty);

    [Test]
    public void Memory_must_suffice_for_every_slot_and_the_directory_be_absolute() =>
        Assert.That(
            Faults(
                new()
                {
                    Slots = 12,
                    BulkSlots = 8,
                    WorkDirectory = "work",
                }
            ),
            Is.EqualTo(["MemoryBytes", "WorkDirectory"])
        );

    [TestCase(0, ExpectedResult = 1)]
    [TestCase(127, ExpectedResult = 1)]
    [TestCase(128, ExpectedResult = 2)]
    [TestCase(4096, ExpectedResult = 4, Description = "not more than AccountsPerFile")]
    public int A_file_is_read_through_as_many_accounts_as_are_worth_it(long mebibytesLeft) =>
        new WorkerOptions().AccountsFor(mebibytesLeft << 20);

    [Test]
    public void A_work_space_removes_what_a_killed_process_left_and_spares_the_living()
    {
        var root = Directory.CreateTempSubdirectory("fleet-work-").FullName;
        var options = Options.Create(new WorkerOptions { WorkDirectory = root });
        var dead = Directory.CreateDirectory(Path.Combine(root, "1-dead")).FullName;
        File.WriteAllText(Path.Combine(dead, "lock"), "");
        File.WriteAllText(Path.Combine(dead, "source"), "left behind");
        var strange = Directory.CreateDirectory(Path.Combine(root, "not-ours")).FullName;

        using var living = new WorkSpace(options);
        using var folder = living.Create();
        using var next = new WorkSpace(options);

        Assert.That(
            (
                Directory.Exists(dead),
                Directory.Exists(strange),
                Directory.Exists(Path.GetDirectoryName(folder.File("x")))
            ),
            Is.EqualTo((false, true, true))
        );
        Directory.Delete(strange);
    }

    static IEnumerable<string> Faults(WorkerOptions options)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new(options), results, validateAllProperties: true);
        return results.SelectMany(r => r.MemberNames);
    }
}
