using System.Reflection;
using Fleet.Tl;

namespace Fleet.Fuzz;

/// <summary>
/// Makes an object of any generated class with values from a seed. Optional fields are all there or all absent, since
/// some share a flag.
/// </summary>
public sealed class TlSamples(int seed)
{
    const int DeepEnough = 3;

    static readonly ILookup<Type, Type> ByBase = typeof(TlObject)
        .Assembly.GetTypes()
        .Where(t => t is { IsAbstract: false } && t.IsSubclassOf(typeof(TlObject)))
        .OrderBy(t => t.FullName, StringComparer.Ordinal)
        .ToLookup(t => t.BaseType!);

    readonly Random _random = new(seed);

    /// <summary>Every class that the reader knows.</summary>
    public static IReadOnlyList<Type> Classes { get; } =
    [.. ByBase.SelectMany(g => g).OrderBy(t => t.FullName, StringComparer.Ordinal)];

    /// <param name="type">One of <see cref="Classes"/>.</param>
    /// <param name="full">True for all optional fields, false for none.</param>
    public TlObject Make(Type type, bool full) => Object(type, full, depth: 0);

    TlObject Object(Type type, bool full, int depth)
    {
        var value = Activator.CreateInstance(type)!;
        foreach (var property in type.GetProperties().Where(p => p.CanWrite))
        {
            if (IsOptional(property) && (!full || depth > DeepEnough))
            {
                continue;
            }
            property.SetValue(value, Value(property, full, depth));
        }
        return (TlObject)value;
    }

    object Value(PropertyInfo property, bool full, int depth)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (type == typeof(byte[]))
        {
            return Bytes(FixedLength(property) ?? _random.Next(300));
        }
        if (type.IsArray && type.GetElementType() is { } element)
        {
            var items = Array.CreateInstance(element, depth > DeepEnough ? 0 : _random.Next(1, 3));
            for (var i = 0; i < items.Length; i++)
            {
                items.SetValue(One(element, full, depth), i);
            }
            return items;
        }
        return One(type, full, depth);
    }

    object One(Type type, bool full, int depth) =>
        Type.GetTypeCode(type) switch
        {
            TypeCode.Int32 => _random.Next(),
            TypeCode.Int64 => _random.NextInt64(1L << 53), // as far as a JavaScript client can follow
            TypeCode.Double => _random.NextDouble(),
            TypeCode.Boolean => true,
            TypeCode.String => new string('ф', _random.Next(200)),
            _ when type == typeof(byte[]) => Bytes(_random.Next(10)),
            _ when type == typeof(Fleet.Tl.Mtp.ContainedMessage) => new Fleet.Tl.Mtp.ContainedMessage(1, 2, Bytes(8)),
            _ when type == typeof(TlObject) => new Fleet.Tl.Methods.HelpGetConfig(),
            _ => Object(Pick(type, depth), full, depth + 1),
        };

    Type Pick(Type type, int depth)
    {
        if (!type.IsAbstract)
        {
            return type;
        }
        var choices = ByBase[type].ToList();
        return depth < DeepEnough ? choices[_random.Next(choices.Count)] : choices.MinBy(Weight)!;
    }

    /// <summary>Required fields that hold objects: the constructor with the fewest ends the nesting.</summary>
    static int Weight(Type type) =>
        type.GetProperties()
            .Count(p =>
                p.CanWrite
                && !IsOptional(p)
                && (p.PropertyType.GetElementType() ?? p.PropertyType).IsSubclassOf(typeof(TlObject))
            );

    static bool IsOptional(PropertyInfo property) =>
        property.GetCustomAttribute<System.Runtime.CompilerServices.RequiredMemberAttribute>() is null;

    static int? FixedLength(PropertyInfo property) =>
        property.Name switch
        {
            "NewNonce" => 32,
            _ when property.Name.StartsWith("NewNonceHash", StringComparison.Ordinal) => 16,
            "Nonce" or "ServerNonce" when property.DeclaringType!.Namespace != "Fleet.Tl.Api" => 16,
            "Result" => 8,
            _ => null,
        };

    byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }
}
