using System.Globalization;

namespace Fleet.Storage;

/// <summary>
/// The rule for keys: 1 to 512 characters of A-Z a-z 0-9 . _ - in segments divided by single slashes; no segment is
/// empty or begins with a dot. So a key can never leave its directory nor need escaping in a URL.
/// </summary>
public static class ObjectKey
{
    public const int MaxLength = 512;

    /// <summary>The key of a file that one attempt produces: assets/{asset}/{fence}/{file}.</summary>
    /// <param name="fence">Number of the claim that made it: two attempts never write the same key.</param>
    /// <param name="file">ASCII name inside the attempt, for example "file.mp4".</param>
    public static string ForAsset(Guid asset, long fence, string file) =>
        Checked(string.Create(CultureInfo.InvariantCulture, $"assets/{asset:n}/{fence}/{file}"));

    public static bool IsValid(string? key)
    {
        if (string.IsNullOrEmpty(key) || key.Length > MaxLength || key[^1] == '/')
            return false;
        var segmentStart = true;
        foreach (var c in key)
        {
            if (segmentStart ? !IsWordCharacter(c) : !IsWordCharacter(c) && c is not ('/' or '.'))
                return false;
            segmentStart = c == '/';
        }
        return true;
    }

    static bool IsWordCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-';

    /// <summary>The key itself.</summary>
    /// <exception cref="StorageException"><see cref="StorageError.InvalidKey"/>.</exception>
    public static string Checked(string? key) =>
        IsValid(key) ? key! : throw new StorageException(StorageError.InvalidKey, "Not a valid object key");
}
