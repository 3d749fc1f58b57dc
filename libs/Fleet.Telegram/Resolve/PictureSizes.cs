using Fleet.Tl.Api;

namespace Fleet.Telegram;

/// <summary>Reads the sizes in which Telegram keeps a picture.</summary>
static class PictureSizes
{
    /// <summary>Smallest first; what is not a picture, such as the outline of a sticker, is left out.</summary>
    public static IReadOnlyList<MediaThumb> Read(PhotoSizeBase[]? sizes) =>
        [
            .. (sizes ?? [])
                .Select(ReadOrNull)
                .OfType<MediaThumb>()
                .OrderBy(t => (long)t.Width * t.Height)
                .ThenBy(t => t.Bytes),
        ];

    static MediaThumb? ReadOrNull(PhotoSizeBase size) =>
        size switch
        {
            PhotoSize { Size: >= 0 } s => new MediaThumb(s.Type, s.W, s.H, s.Size),
            PhotoSizeProgressive { Sizes: [.., >= 0 and var whole] } s => new MediaThumb(s.Type, s.W, s.H, whole),
            PhotoCachedSize s => new MediaThumb(s.Type, s.W, s.H, s.Bytes.Length)
            {
                Form = ThumbForm.Cached,
                Inline = s.Bytes,
            },
            PhotoStrippedSize { Bytes: [_, var height, var width, ..] } s => new MediaThumb(
                s.Type,
                width,
                height,
                s.Bytes.Length
            )
            {
                Form = ThumbForm.Stripped,
                Inline = s.Bytes,
            },
            _ => null,
        };
}
