using System.Runtime.InteropServices;

namespace Fleet.Fuzz;

/// <summary>What an input led to. Two that differ are worth keeping both inputs for.</summary>
/// <param name="Kind">Stable and short: <c>read</c>, <c>Truncated</c>.</param>
/// <param name="Detail">Tells outcomes of one kind apart, such as a constructor id.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct FuzzOutcome(string Kind, long Detail = 0);

/// <summary>An input was not handled as it must be. Any other exception out of a target is a failure too.</summary>
public sealed class FuzzException(string message) : Exception(message);

/// <summary>A piece of the engine that takes bytes from strangers.</summary>
public abstract class FuzzTarget
{
    /// <summary>One lower-case word.</summary>
    public abstract string Name { get; }

    /// <summary>How many of 10,000 inputs go here.</summary>
    public abstract int Share { get; }

    /// <summary>Longest input made, in bytes.</summary>
    public virtual int MaxInputBytes => 4096;

    /// <summary>Inputs to start from: the checked-in ones and generated ones. All are handled without a failure.</summary>
    public abstract IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>Byte strings worth putting somewhere.</summary>
    public virtual IReadOnlyList<byte[]> Words => [];

    /// <summary>Bytes that handling an input may allocate, garbage included.</summary>
    public virtual long AllocationLimit(int inputBytes) => 65_536 + (256L * inputBytes);

    /// <summary>Bytes allocated so far by whatever thread runs the inputs.</summary>
    public virtual long Allocated => GC.GetAllocatedBytesForCurrentThread();

    /// <summary>Handles one input. The same input gives the same outcome whatever came before it.</summary>
    public abstract FuzzOutcome Run(byte[] input);
}
