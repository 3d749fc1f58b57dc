using System.Globalization;

namespace Fleet.Cli;

/// <summary>Arguments of one verb: --name VALUE, --name=VALUE, --flag, and what is left. An unknown option is an error. A value
/// that begins with -- needs the form with =.</summary>
sealed class Arguments
{
    readonly Dictionary<string, List<string>> _values = new(StringComparer.Ordinal);

    /// <summary>Splits the arguments.</summary>
    /// <param name="args">As typed; behind -- everything is positional.</param>
    /// <param name="valued">Options that take a value.</param>
    /// <param name="flags">Options that take none.</param>
    /// <exception cref="UsageException">Unknown option, missing or unwanted value.</exception>
    public Arguments(string[] args, string[] valued, string[] flags)
    {
        var positional = new List<string>();
        for (var i = 0; i < args.Length; i++)
        {
            if (string.Equals(args[i], "--", StringComparison.Ordinal))
            {
                positional.AddRange(args[(i + 1)..]);
                break;
            }
            if (!IsOption(args[i]))
            {
                positional.Add(args[i]);
                continue;
            }
            var equals = args[i].IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? args[i] : args[i][..equals];
            if (flags.Contains(name, StringComparer.Ordinal) && equals < 0)
                Add(name, "");
            else if (valued.Contains(name, StringComparer.Ordinal) && equals >= 0)
                Add(name, args[i][(equals + 1)..]);
            else if (valued.Contains(name, StringComparer.Ordinal) && i + 1 < args.Length && !IsOption(args[i + 1]))
                Add(name, args[++i]);
            else
                throw new UsageException(Complaint(name, valued, flags));
        }
        Positional = positional;
    }

    /// <summary>What is not an option, in order.</summary>
    public IReadOnlyList<string> Positional { get; }

    public bool Has(string name) => _values.ContainsKey(name);

    public IReadOnlyList<string> All(string name) => _values.GetValueOrDefault(name, []);

    /// <exception cref="UsageException">Given twice, or empty.</exception>
    public string? OneOrNull(string name) =>
        All(name) switch
        {
            [] => null,
            [{ Length: > 0 } one] => one,
            [_] => throw new UsageException($"{name} is empty"),
            _ => throw new UsageException($"{name} may be given once"),
        };

    /// <exception cref="UsageException">Missing, given twice, or empty.</exception>
    public string One(string name) => OneOrNull(name) ?? throw new UsageException($"{name} is missing");

    /// <exception cref="UsageException">Not a whole number from <paramref name="least"/> to <paramref name="most"/>.</exception>
    public int? NumberOrNull(string name, int least, int most)
    {
        if (OneOrNull(name) is not { } text)
            return null;
        return
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= least
            && number <= most
            ? number
            : throw new UsageException($"{name} is a whole number from {least} to {most}");
    }

    void Add(string name, string value)
    {
        if (!_values.TryGetValue(name, out var values))
            _values[name] = values = [];
        values.Add(value);
    }

    static bool IsOption(string arg) => arg.StartsWith("--", StringComparison.Ordinal);

    static string Complaint(string name, string[] valued, string[] flags) =>
        valued.Contains(name, StringComparer.Ordinal) ? $"{name} needs a value"
        : flags.Contains(name, StringComparer.Ordinal) ? $"{name} takes no value"
        : $"unknown option {name}; --help lists them";
}
