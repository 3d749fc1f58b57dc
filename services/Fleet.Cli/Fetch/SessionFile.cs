using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fleet.MtProto;
using Fleet.Telegram;

namespace Fleet.Cli;

/// <summary>A login on disk, in clear: mode 0600, and refused when others may read it.</summary>
sealed record SessionFile
{
    const UnixFileMode Others =
        UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherExecute;

    /// <summary>The login.</summary>
    public required SessionState Account { get; init; }

    /// <summary>Keys of other data centres.</summary>
    public SessionFileKey[] DcKeys { get; init; } = [];

    /// <summary>Null when there is no such file.</summary>
    /// <exception cref="UsageException">It cannot be read, or others can.</exception>
    public static SessionFile? LoadOrNull(string path)
    {
        try
        {
            if (!File.Exists(path))
                return null;
            if ((File.GetUnixFileMode(path) & Others) != UnixFileMode.None)
                throw new UsageException($"--session {path}: others may read this file; run chmod 600 on it");
            var read = JsonSerializer.Deserialize(File.ReadAllBytes(path), SessionFileJson.Default.SessionFile);
            return read is { Account.AuthKey.Length: AuthKey.Length }
                ? read
                : throw new UsageException($"--session {path}: this is not a session file");
        }
        catch (JsonException)
        {
            throw new UsageException($"--session {path}: this is not a session file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--session {path}: {e.Message}");
        }
    }

    /// <summary>Replaces the file in one step.</summary>
    public void Save(string path)
    {
        var temporary = $"{path}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}.tmp";
        try
        {
            var create = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            };
            using (var file = new FileStream(temporary, create))
                JsonSerializer.Serialize(file, this, SessionFileJson.Default.SessionFile);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Names nothing secret.</summary>
    public override string ToString() => nameof(SessionFile);
}

/// <summary>The key of one data centre.</summary>
sealed record SessionFileKey(int Dc, byte[] AuthKey, long ServerSalt)
{
    /// <summary>Names nothing secret.</summary>
    public override string ToString() => $"{nameof(SessionFileKey)} {{ Dc = {Dc} }}";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(SessionFile))]
sealed partial class SessionFileJson : JsonSerializerContext;
