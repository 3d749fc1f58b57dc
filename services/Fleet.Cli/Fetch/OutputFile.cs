using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Fleet.Cli;

/// <summary>A file that appears under its name only when it is complete. Disposed before <see cref="Commit"/>, it leaves nothing.</summary>
sealed class OutputFile : IDisposable
{
    const string Nowhere = "/dev/null";

    readonly string _path;
    readonly string _temporary;
    readonly SafeFileHandle? _handle;
    readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    long _length;
    bool _committed;

    OutputFile(string path)
    {
        _path = path;
        _temporary = $"{path}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}.part";
        if (!string.Equals(path, Nowhere, StringComparison.Ordinal))
            _handle = File.OpenHandle(_temporary, FileMode.CreateNew, FileAccess.Write);
    }

    /// <summary>Bytes written.</summary>
    public long Length => _length;

    /// <summary>Opens the output. A directory gets <paramref name="name"/>, stripped of anything that could lead out of it.</summary>
    /// <exception cref="UsageException">It cannot be written.</exception>
    public static OutputFile Create(string output, string name)
    {
        var path = Path.GetFullPath(Directory.Exists(output) ? Path.Combine(output, SafeName(name)) : output);
        try
        {
            return new OutputFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{output}: {e.Message}");
        }
    }

    /// <summary>Refuses an output that cannot be written, before anything is downloaded.</summary>
    /// <exception cref="UsageException">Its directory does not exist.</exception>
    public static void Check(string output)
    {
        var parent = Path.GetDirectoryName(Path.GetFullPath(output));
        if (!Directory.Exists(output) && parent is not null && !Directory.Exists(parent))
            throw new UsageException($"{output}: its directory does not exist");
    }

    /// <summary>Adds bytes at the end.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_handle is not null)
            RandomAccess.Write(_handle, bytes, _length);
        _hash.AppendData(bytes);
        _length += bytes.Length;
    }

    /// <summary>Gives the file its name. Returns that path and the SHA-256 of what was written, in lower-case hex.</summary>
    public (string Path, string Sha256) Commit()
    {
        if (_handle is not null)
        {
            _handle.Dispose();
            File.Move(_temporary, _path, overwrite: true);
        }
        _committed = true;
        return (_path, Convert.ToHexStringLower(_hash.GetHashAndReset()));
    }

    public void Dispose()
    {
        _hash.Dispose();
        _handle?.Dispose();
        if (!_committed && _handle is not null)
            File.Delete(_temporary);
    }

    /// <summary>A name that none of those written before has: the given one, or it with a number before its extension.</summary>
    public static string NameBeside(HashSet<string> written, string name)
    {
        var safe = SafeName(name);
        var (stem, extension) = (Path.GetFileNameWithoutExtension(safe), Path.GetExtension(safe));
        for (var n = 2; !written.Add(safe); n++)
            safe = string.Create(CultureInfo.InvariantCulture, $"{stem} ({n}){extension}");
        return safe;
    }

    static string SafeName(string name)
    {
        var safe = new string([.. name.Where(c => !char.IsControl(c)).Select(c => c is '/' or '\\' ? '_' : c)]).Trim(
            ' ',
            '.'
        );
        return safe.Length == 0 ? "file" : safe[..Math.Min(safe.Length, 200)];
    }
}
