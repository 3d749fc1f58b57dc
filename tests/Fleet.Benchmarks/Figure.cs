using System.Globalization;
using System.Text.Json;

namespace Fleet.Benchmarks;

/// <summary>Whether a ratio must stay below its target or above it.</summary>
public enum Better
{
    Lower,
    Higher,
}

/// <summary>One measured figure beside the limit or peer measured in the same run.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Value">The measured value.</param>
/// <param name="Unit">Its unit, and the reference's.</param>
/// <param name="Reference">What it is compared with; null when it stands alone.</param>
/// <param name="ReferenceValue">The reference's value in this run.</param>
/// <param name="Target">Bound of the ratio; null when there is none.</param>
/// <param name="Better">Which side of the target is good.</param>
public sealed record Figure(
    string Name,
    double Value,
    string Unit,
    string? Reference = null,
    double? ReferenceValue = null,
    double? Target = null,
    Better Better = Better.Lower
)
{
    public double? Ratio => Value / ReferenceValue;

    /// <summary>Whether the target is met; null without a target.</summary>
    public bool? Met =>
        Target is null || Ratio is null ? null
        : Better == Better.Lower ? Ratio <= Target
        : Ratio >= Target;
}

/// <summary>Collects figures, prints each as it comes, and writes them all as JSON.</summary>
public sealed class Report(TextWriter output)
{
    readonly List<Figure> _figures = [];

    public void Add(Figure figure)
    {
        if (_figures.Count == 0)
            output.WriteLine($"{"figure", -52} {"value", 12}        {"ratio", 7}  {"target", 8}  beside");
        _figures.Add(figure);
        output.WriteLine(Line(figure));
    }

    /// <summary>Says in the table why a figure is not in it.</summary>
    public void Note(string line) => output.WriteLine(line);

    /// <summary>Writes the array of {figure, value, unit, reference, referenceValue, ratio, target, met}.</summary>
    public void WriteJson(string path)
    {
        var rows = _figures.Select(f => new
        {
            figure = f.Name,
            value = f.Value,
            unit = f.Unit,
            reference = f.Reference,
            referenceValue = f.ReferenceValue,
            ratio = f.Ratio,
            target = f.Target,
            met = f.Met,
        });
        File.WriteAllText(path, JsonSerializer.Serialize(rows, JsonSerializerOptions.Web) + "\n");
    }

    static string Line(Figure figure)
    {
        var sign = figure.Better == Better.Lower ? "<=" : ">=";
        var target = figure.Target is { } t ? string.Create(CultureInfo.InvariantCulture, $"{sign} {t:0.##}") : "";
        var ratio = figure.Ratio?.ToString("0.00", CultureInfo.InvariantCulture) ?? "";
        var verdict = figure.Met is false ? "  MISSED" : "";
        var beside = figure.Reference is null
            ? ""
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{figure.Reference}: {figure.ReferenceValue:0.##} {figure.Unit}"
            );
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{figure.Name, -52} {figure.Value, 12:0.##} {figure.Unit, -6} {ratio, 7}  {target, 8}  {beside}{verdict}"
        );
    }
}
