using Fleet.Emulator.Worlds;

namespace Fleet.UnitTests.Emulator;

[Category("engine")]
sealed class AccountSealsTests
{
    readonly World _world = new(seed: 1, TimeProvider.System);

    [Test]
    public void Access_hashes_differ_between_accounts()
    {
        var (ada, grace) = (_world.AddUser(), _world.AddUser());

        Assert.That(_world.Seals.AccessHash(ada, 5), Is.Not.EqualTo(_world.Seals.AccessHash(grace, 5)));
    }

    [Test]
    public void A_fresh_reference_is_good_for_its_account_only()
    {
        var (ada, grace, document) = (_world.AddUser(), _world.AddUser(), AddDocument());

        var reference = _world.Seals.FileReference(ada, document);

        var errors = (Check(ada, document, reference), Check(grace, document, reference), Check(ada, document, []));
        Assert.That(errors, Is.EqualTo(((string?)null, "FILE_REFERENCE_INVALID", "FILE_REFERENCE_EMPTY")));
    }

    [Test]
    public void Expired_references_are_told_from_forged_ones()
    {
        var (ada, document) = (_world.AddUser(), AddDocument());
        var old = _world.Seals.FileReference(ada, document);
        document.ExpireReferences();
        byte[] forged = [.. old.AsSpan(0, old.Length - 1), (byte)(old[^1] ^ 1)];

        var errors = (Check(ada, document, old), Check(ada, document, forged));

        Assert.That(errors, Is.EqualTo(("FILE_REFERENCE_EXPIRED", "FILE_REFERENCE_INVALID")));
    }

    [Test]
    public void A_reference_of_another_document_is_refused()
    {
        var (ada, document) = (_world.AddUser(), AddDocument());

        Assert.That(
            Check(ada, document, _world.Seals.FileReference(ada, AddDocument())),
            Is.EqualTo("FILE_REFERENCE_INVALID")
        );
    }

    EmulatedDocument AddDocument() => _world.AddDocument(new NewDocument(new GeneratedContent(1, 10)));

    string? Check(EmulatedAccount account, EmulatedDocument document, byte[] reference) =>
        _world.Seals.ReferenceErrorOrNull(account, document, reference);
}
