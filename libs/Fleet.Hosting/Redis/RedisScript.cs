using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace Fleet.Hosting;

/// <summary>
/// A Lua script that is sent by its hash, and in full when the server has lost it. The library's own EVALSHA keeps
/// failing with NOSCRIPT after SCRIPT FLUSH.
/// </summary>
public sealed class RedisScript(string source)
{
    readonly string _hash = Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(source)));

    /// <summary>Reads a script that is embedded beside the code.</summary>
    /// <param name="owner">A type of the assembly that has it.</param>
    /// <param name="name">Its file's name.</param>
    public static RedisScript Embedded(Type owner, string name)
    {
        var assembly = owner.Assembly;
        using var stream =
            assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"the script {name} is not embedded");
        using var reader = new StreamReader(stream);
        return new RedisScript(reader.ReadToEnd());
    }

    /// <summary>Runs the script.</summary>
    /// <param name="db">Where.</param>
    /// <param name="keys">KEYS.</param>
    /// <param name="args">ARGV.</param>
    public async Task<RedisResult> RunAsync(IDatabase db, IReadOnlyList<RedisKey> keys, params RedisValue[] args)
    {
        try
        {
            return await db.ExecuteAsync("EVALSHA", Arguments(_hash, keys, args));
        }
        catch (RedisServerException e) when (e.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            return await db.ExecuteAsync("EVAL", Arguments(source, keys, args));
        }
    }

    static object[] Arguments(string script, IReadOnlyList<RedisKey> keys, RedisValue[] args) =>
        [script, keys.Count, .. keys.Cast<object>(), .. args.Cast<object>()];
}
