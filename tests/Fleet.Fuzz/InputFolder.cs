using System.Security.Cryptography;

namespace Fleet.Fuzz;

/// <summary>Inputs in a folder, one file each, named by their content: those that failed, or those worth starting from.</summary>
static class InputFolder
{
    /// <returns>The file's path.</returns>
    public static string Save(string folder, byte[] input)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(input).AsSpan(0, 8)));
        File.WriteAllBytes(path, input);
        return path;
    }

    /// <returns>In the order of the names, so that a run can be repeated; nothing when there is no such folder.</returns>
    public static IReadOnlyList<byte[]> Load(string folder) =>
        Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)]
            : [];
}
