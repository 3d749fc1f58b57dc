using Microsoft.Extensions.DependencyInjection;

namespace Fleet.Hosting;

/// <summary>Binds option records to configuration.</summary>
public static class FleetOptionsExtensions
{
    /// <summary>
    /// Binds <typeparamref name="T"/> to the section named like it without "Options" (<c>RabbitMqOptions</c> reads
    /// <c>FLEET_RabbitMq__Uri</c>) and checks its annotations before the service starts.
    /// </summary>
    public static IServiceCollection AddFleetOptions<T>(this IServiceCollection services)
        where T : class
    {
        services
            .AddOptions<T>()
            .BindConfiguration(OptionsSection.NameOf<T>())
            .ValidateDataAnnotations()
            .ValidateOnStart();
        return services;
    }
}

/// <summary>Names of configuration sections.</summary>
public static class OptionsSection
{
    const string Suffix = "Options";

    /// <summary>The section of an options type: its name without "Options".</summary>
    public static string NameOf<T>()
    {
        var name = typeof(T).Name;
        return name.EndsWith(Suffix, StringComparison.Ordinal) ? name[..^Suffix.Length] : name;
    }
}
