using Fleet.Media;
using Fleet.Storage;
using Fleet.Telegram;
using Fleet.Worker.Live;
using Microsoft.Extensions.Options;

namespace Fleet.Worker.Transfer;

/// <summary>What every transfer of the process shares: the store, FFmpeg, the leases and the bounds.</summary>
sealed class TransferTools(
    IObjectStore store,
    LeaseDesk desk,
    LiveFiles live,
    GrowingFiles growing,
    WorkSpace workSpace,
    IOptions<WorkerOptions> options,
    IOptions<MediaOptions> media,
    IOptions<DownloadOptions> download,
    TimeProvider time,
    ILogger<TransferTools> log
)
{
    public IObjectStore Store => store;

    public LeaseDesk Desk => desk;

    public LiveFiles Live => live;

    public GrowingFiles Growing => growing;

    public ILogger Log => log;

    public TimeProvider Time => time;

    public WorkSpace WorkSpace => workSpace;

    public WorkerOptions Options => options.Value;

    public MediaProber Prober { get; } = new(media.Value, time);

    public Remuxer Remuxer { get; } = new(media.Value, new(media.Value, time), time);

    public PosterMaker Posters { get; } = new(media.Value, time);

    public FilePartBuffers Buffers { get; } = new(options.Value.UploadBufferCount);

    public MediaReaderContext Reading { get; } = new(options.Value.DownloadMemory(), download.Value, time, log);
}
