using System.Text;

namespace Fleet.Fuzz;

/// <summary>The checked-in inputs: one per line, as hex or as text; blank lines and lines with # are comments.</summary>
static class Corpus
{
    public static IEnumerable<byte[]> Hex(string file) =>
        Lines(file).Select(line => Convert.FromHexString(line.Replace(" ", "", StringComparison.Ordinal)));

    public static IEnumerable<byte[]> Text(string file) => Lines(file).Select(Encoding.UTF8.GetBytes);

    static IEnumerable<string> Lines(string file)
    {
        using var stream =
            typeof(Corpus).Assembly.GetManifestResourceStream($"Fleet.Fuzz.Corpus.{file}")
            ?? throw new InvalidOperationException($"no corpus {file}");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && !line.StartsWith('#'))
                yield return line;
        }
    }
}
