using System.Text.Json;
using Microsoft.EntityFrameworkCore;

namespace Fleet.Jobs.Model;

/// <summary>Names every column, key and constraint in snake_case, as people type SQL.</summary>
static class SnakeCase
{
    public static void Apply(ModelBuilder model)
    {
        foreach (var entity in model.Model.GetEntityTypes())
        {
            var table = entity.GetTableName();
            foreach (var property in entity.GetProperties())
                property.SetColumnName(JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name));
            foreach (var key in entity.GetKeys())
                key.SetName($"{table}_pkey");
            foreach (var foreignKey in entity.GetForeignKeys())
                foreignKey.SetConstraintName($"{table}_{foreignKey.Properties[0].GetColumnName()}_fkey");
        }
    }
}
