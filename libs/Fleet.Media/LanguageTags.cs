namespace Fleet.Media;

/// <summary>Compares the languages people ask for (BCP 47: de, pt-BR) with those that files name (ISO 639-2: deu or ger).</summary>
static class LanguageTags
{
    // One language per row: ISO 639-1, 639-2/T, and 639-2/B where it differs.
    static readonly string[][] SameLanguage =
    [
        ["ar", "ara"],
        ["be", "bel"],
        ["bg", "bul"],
        ["cs", "ces", "cze"],
        ["da", "dan"],
        ["de", "deu", "ger"],
        ["el", "ell", "gre"],
        ["en", "eng"],
        ["es", "spa"],
        ["et", "est"],
        ["fa", "fas", "per"],
        ["fi", "fin"],
        ["fr", "fra", "fre"],
        ["he", "heb"],
        ["hi", "hin"],
        ["hr", "hrv"],
        ["hu", "hun"],
        ["hy", "hye", "arm"],
        ["id", "ind"],
        ["it", "ita"],
        ["ja", "jpn"],
        ["ka", "kat", "geo"],
        ["kk", "kaz"],
        ["ko", "kor"],
        ["lt", "lit"],
        ["lv", "lav"],
        ["nl", "nld", "dut"],
        ["no", "nor"],
        ["pl", "pol"],
        ["pt", "por"],
        ["ro", "ron", "rum"],
        ["ru", "rus"],
        ["sk", "slk", "slo"],
        ["sl", "slv"],
        ["sr", "srp"],
        ["sv", "swe"],
        ["th", "tha"],
        ["tr", "tur"],
        ["uk", "ukr"],
        ["uz", "uzb"],
        ["vi", "vie"],
        ["zh", "zho", "chi"],
    ];

    /// <summary>True when both name the same language, whatever the region.</summary>
    public static bool Match(string asked, string? named) =>
        named is not null && string.Equals(Canonical(asked), Canonical(named), StringComparison.Ordinal);

    static string Canonical(string tag)
    {
        var primary = tag.Split('-', '_')[0].ToLowerInvariant();
        return Array.Find(SameLanguage, row => row.Contains(primary, StringComparer.Ordinal))?[0] ?? primary;
    }
}
