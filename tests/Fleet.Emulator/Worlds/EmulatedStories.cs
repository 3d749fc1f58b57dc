using System.Collections.Concurrent;

namespace Fleet.Emulator.Worlds;

/// <summary>A story of a channel or user.</summary>
/// <param name="Owner">User name of whose it is.</param>
/// <param name="Id">From 1, counted per owner.</param>
/// <param name="File">A document or photo.</param>
/// <param name="Caption">Its text.</param>
/// <param name="Date">When it was posted.</param>
/// <param name="NoForwards">Saving is forbidden.</param>
/// <param name="AlbumId">The album of stories that it is in; null for none.</param>
public sealed record EmulatedStory(
    string Owner,
    int Id,
    EmulatedFile File,
    string Caption,
    DateTimeOffset Date,
    bool NoForwards,
    int? AlbumId
)
{
    public string Link => FormattableString.Invariant($"https://t.me/{Owner}/s/{Id}");
}

/// <summary>The stories of everybody, by bare id of their owner.</summary>
sealed class EmulatedStories
{
    readonly ConcurrentDictionary<long, Shelf> _shelves = new();

    public EmulatedStory Add(long owner, Func<int, EmulatedStory> make)
    {
        var shelf = _shelves.GetOrAdd(owner, _ => new Shelf());
        lock (shelf)
        {
            var story = make(++shelf.LastId);
            shelf.Stories[story.Id] = story;
            return story;
        }
    }

    public bool Delete(long owner, int id)
    {
        if (!_shelves.TryGetValue(owner, out var shelf))
            return false;
        lock (shelf)
            return shelf.Stories.Remove(id);
    }

    /// <summary>All that are there, oldest first; null for an owner who never had one.</summary>
    public IReadOnlyList<EmulatedStory>? OfOrNull(long owner)
    {
        if (!_shelves.TryGetValue(owner, out var shelf))
            return null;
        lock (shelf)
            return [.. shelf.Stories.Values];
    }

    sealed class Shelf
    {
        public readonly SortedDictionary<int, EmulatedStory> Stories = [];
        public int LastId;
    }
}
