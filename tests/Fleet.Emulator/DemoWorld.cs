using Fleet.Emulator.Worlds;

namespace Fleet.Emulator;

/// <summary>The world that is there when nobody scripted another one.</summary>
public static class DemoWorld
{
    const int MiB = 1 << 20;

    /// <summary>The public channel: t.me/fleetdemo. Its first message is a text; the second a 1 MiB file on DC 2; the third a 32 MiB file on DC 4.</summary>
    public const string PublicChannel = "fleetdemo";

    /// <summary>A public channel that forbids saving content.</summary>
    public const string ProtectedChannel = "fleetprotected";

    /// <summary>Accounts: an ordinary one, one with the two-step password "fleet password", a premium one at home on DC 4, a bot.</summary>
    public static void Fill(World world)
    {
        var plain = world.AddUser(phone: "99966200001", firstName: "Ada");
        var careful = world.AddUser(phone: "99966200002", password: "fleet password", firstName: "Grace");
        var premium = world.AddUser(phone: "99966400003", premium: true, homeDc: 4, firstName: "Edsger");
        var bot = world.AddBot("fleet_demo_bot");
        EmulatedAccount[] everyone = [plain, careful, premium, bot];

        var open = world.AddChat(ChatKind.Channel, "Fleet demo", PublicChannel, members: everyone);
        world.Post(open, "Welcome to the demo channel.");
        world.Post(open, File(11, MiB, "one-mebibyte.bin", dc: 2));
        world.Post(open, File(12, 32 * MiB, "thirty-two-mebibytes.bin", dc: 4));
        var deleted = world.Post(open, "This one is deleted.");
        open.Delete(deleted.Id);

        var closed = world.AddChat(ChatKind.Channel, "Fleet private", members: everyone);
        world.Post(closed, File(21, 5 * MiB + 123, "private.bin", dc: 3), "A private file");
        var group = world.AddChat(ChatKind.Group, "Fleet group", members: everyone);
        world.Post(group, File(31, 3 * MiB, "group.bin", dc: 2));
        var guarded = world.AddChat(
            ChatKind.Channel,
            "Fleet protected",
            ProtectedChannel,
            noForwards: true,
            members: everyone
        );
        world.Post(guarded, File(41, MiB, "protected.bin", dc: 2));
    }

    static NewDocument File(long seed, long size, string name, int dc) =>
        new(new GeneratedContent(seed, size)) { FileName = name, Dc = dc };
}
