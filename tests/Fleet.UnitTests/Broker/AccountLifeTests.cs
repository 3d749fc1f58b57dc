using Fleet.Broker.Accounts;
using Fleet.Jobs;
using Fleet.Jobs.Rows;
using Fleet.Testing;

namespace Fleet.UnitTests.Broker;

[Category("broker")]
public sealed class AccountLifeTests
{
    const string Marker = "<!-- account-states -->";

    [Test]
    public void The_states_are_those_of_the_table_in_the_README()
    {
        var table = Table();

        Assert.That(
            table[0][1..],
            Is.EqualTo(Enum.GetValues<AccountEvent>().Select(e => EnumText.Of(e)).ToArray()),
            "the table's columns"
        );
        foreach (var (state, row) in Enum.GetValues<AccountState>().Zip(table.Skip(2)))
        {
            var next = Enum.GetValues<AccountEvent>()
                .Select(e => AccountLife.Next(state, e) is { } to ? EnumText.Of(to) : "–");
            Assert.That(row, Is.EqualTo(next.Prepend(EnumText.Of(state)).ToArray()));
        }
        Assert.That(table, Has.Count.EqualTo(Enum.GetValues<AccountState>().Length + 2));
    }

    static List<string[]> Table() =>
        [
            .. File.ReadLines(Path.Combine(Repository.Root, "README.md"))
                .SkipWhile(line => line != Marker)
                .Skip(1)
                .TakeWhile(line => line.StartsWith('|'))
                .Select(line => line.Trim('|').Split('|').Select(cell => cell.Trim()).ToArray()),
        ];
}
