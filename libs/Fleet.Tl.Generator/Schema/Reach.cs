namespace Fleet.Tl.Generator.Schema;

/// <summary>Cuts a schema down to the allowed methods and what they reach.</summary>
public static class Reach
{
    /// <summary>
    /// The allowed methods, and every constructor of every type that they take or give (an answer may hold any of
    /// them), in the order of the schema.
    /// </summary>
    /// <exception cref="SchemaException">A name of the allow-list is not in the schema.</exception>
    public static IReadOnlyList<TlDeclaration> From(IReadOnlyList<TlDeclaration> schema, AllowList allowed)
    {
        var known = schema.Select(d => d.Name).ToHashSet(StringComparer.Ordinal);
        if (allowed.Methods.Concat(allowed.LeftOut).FirstOrDefault(n => !known.Contains(n)) is { } missing)
        {
            throw new SchemaException($"allow-list: {missing} is not in the schema");
        }
        var methods = allowed.Methods.ToHashSet(StringComparer.Ordinal);
        var constructors = schema
            .Where(d => !d.IsMethod && !allowed.LeftOut.Contains(d.Name))
            .ToLookup(d => d.Result.Name, StringComparer.Ordinal);
        var reached = schema.Where(d => d.IsMethod && methods.Contains(d.Name)).ToHashSet();
        var pending = new Queue<TlDeclaration>(reached);
        while (pending.TryDequeue(out var declaration))
        {
            foreach (var type in declaration.Fields.Select(f => f.Type).Append(declaration.Result))
            {
                foreach (var constructor in constructors[type.Name].Where(reached.Add))
                {
                    pending.Enqueue(constructor);
                }
            }
        }
        return [.. schema.Where(reached.Contains)];
    }
}
