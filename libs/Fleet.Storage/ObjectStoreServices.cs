using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Fleet.Storage;

/// <summary>Registration of the object store.</summary>
public static class ObjectStoreServices
{
    /// <summary>Adds the <see cref="IObjectStore"/> that <see cref="StorageOptions"/> asks for; the options are bound by the host.</summary>
    public static IServiceCollection AddObjectStore(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider =>
            Create(
                provider.GetRequiredService<IOptions<StorageOptions>>().Value,
                provider.GetRequiredService<TimeProvider>()
            )
        );
        return services;
    }

    /// <summary>The store for validated options.</summary>
    public static IObjectStore Create(StorageOptions options, TimeProvider time) =>
        options.Kind == StorageKind.S3
            ? new S3ObjectStore(options, time)
            : new DirectoryObjectStore(options.Directory!, options.PublicUrl!, new(options.LinkKey!, time));
}
