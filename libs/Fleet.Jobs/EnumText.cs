using System.Text.Json;

namespace Fleet.Jobs;

/// <summary>Enum values as the database and the API write them: snake_case.</summary>
public static class EnumText
{
    /// <summary>For example <c>Canceling</c> gives "canceling", <c>WorkerLost</c> gives "worker_lost".</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => Names<T>.Texts[value];

    /// <summary>The value of a text, or null when there is none.</summary>
    public static T? ParseOrNull<T>(string text)
        where T : struct, Enum => Names<T>.Values.TryGetValue(text, out var value) ? value : null;

    /// <summary>The value of a text.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public static T Parse<T>(string text)
        where T : struct, Enum => ParseOrNull<T>(text) ?? throw new FormatException($"Not a {typeof(T).Name}: {text}");

    /// <summary>Every text, in the order of the values.</summary>
    public static IReadOnlyCollection<string> All<T>()
        where T : struct, Enum => Names<T>.Values.Keys;

    static class Names<T>
        where T : struct, Enum
    {
        public static readonly Dictionary<T, string> Texts = Enum.GetValues<T>()
            .ToDictionary(value => value, value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));

        public static readonly Dictionary<string, T> Values = Texts.ToDictionary(
            pair => pair.Value,
            pair => pair.Key,
            StringComparer.Ordinal
        );
    }
}
