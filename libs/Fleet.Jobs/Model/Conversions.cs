using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Fleet.Jobs.Model;

/// <summary>Stores an enum as snake_case text, so that rows can be read by people and checked by constraints.</summary>
sealed class EnumTextConverter<T>()
    : ValueConverter<T, string>(value => EnumText.Of(value), text => EnumText.Parse<T>(text))
    where T : struct, Enum;

/// <summary>Shorthands for the tables' descriptions.</summary>
static class Columns
{
    /// <summary>Stores a document as jsonb.</summary>
    public static PropertyBuilder<T> IsJson<T>(this PropertyBuilder<T> property) =>
        property
            .HasColumnType("jsonb")
            .HasConversion(
                value => JsonSerializer.Serialize(value, JobJson.Options),
                text => JsonSerializer.Deserialize<T>(text, JobJson.Options)!,
                new ValueComparer<T>(
                    (a, b) => string.Equals(Text(a), Text(b), StringComparison.Ordinal),
                    value => StringComparer.Ordinal.GetHashCode(Text(value)),
                    value => JsonSerializer.Deserialize<T>(Text(value), JobJson.Options)!
                )
            );

    /// <summary>A CHECK that a column holds one of an enum's texts.</summary>
    public static string OneOf<T>(string column)
        where T : struct, Enum => $"{column} in ({string.Join(", ", EnumText.All<T>().Select(text => $"'{text}'"))})";

    static string Text<T>(T? value) => JsonSerializer.Serialize(value, JobJson.Options);
}
