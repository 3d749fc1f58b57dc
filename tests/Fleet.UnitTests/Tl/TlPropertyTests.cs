using System.Text;
using Fleet.Tl;
using FsCheck;
using FsCheck.Fluent;

namespace Fleet.UnitTests.Tl;

/// <summary>What holds for all values, and for all bytes.</summary>
[Category("engine")]
public sealed class TlPropertyTests
{
    [Test]
    public void Byte_strings_of_every_length_come_back_and_end_on_a_word()
    {
        Prop.ForAll(
                Gen.Choose(0, 70_000).ToArbitrary(),
                length =>
                {
                    var content = Content(length);
                    var bytes = TlBytes.Of(w => w.WriteBytes(content));
                    return bytes.Length % 4 == 0
                        && TlBytes
                            .Read(bytes, static (ref TlReader r) => r.ReadBytes())
                            .AsSpan()
                            .SequenceEqual(content);
                }
            )
            .QuickCheckThrowOnFailure();
    }

    /// <summary>What a server fills up with, and which length form it takes, changes nothing but the bytes.</summary>
    [Test]
    public void A_byte_string_reads_the_same_in_its_long_form_and_with_any_padding()
    {
        Prop.ForAll(
                Gen.Choose(0, 600).ToArbitrary(),
                ArbMap.Default.ArbFor<byte>(),
                (length, filler) =>
                {
                    var content = Content(length);
                    byte[] loose =
                    [
                        254,
                        (byte)length,
                        (byte)(length >> 8),
                        0,
                        .. content,
                        .. Enumerable.Repeat(filler, -length & 3),
                    ];
                    return TlBytes
                        .Read(loose, static (ref TlReader r) => r.ReadBytes())
                        .AsSpan()
                        .SequenceEqual(content);
                }
            )
            .QuickCheckThrowOnFailure();
    }

    [Test]
    public void Any_text_comes_back_as_UTF_8_can_say_it()
    {
        Prop.ForAll(
                ArbMap.Default.ArbFor<NonNull<string>>(),
                text =>
                    TlBytes.Read(TlBytes.Of(w => w.WriteString(text.Get)), static (ref TlReader r) => r.ReadString())
                    == Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Get))
            )
            .QuickCheckThrowOnFailure();
    }

    [Test]
    public void Vectors_of_numbers_come_back()
    {
        Prop.ForAll(
                ArbMap.Default.ArbFor<long[]>(),
                numbers =>
                    TlBytes
                        .Read(TlBytes.Of(w => w.WriteVector(numbers)), static (ref TlReader r) => r.ReadInt64Vector())
                        .AsSpan()
                        .SequenceEqual(numbers)
            )
            .QuickCheckThrowOnFailure();
    }

    [Test]
    public void Any_bytes_are_a_byte_string_within_them_or_refused()
    {
        Prop.ForAll(
                ArbMap.Default.ArbFor<byte[]>(),
                bytes =>
                {
                    var reader = new TlReader(bytes);
                    try
                    {
                        return reader.ReadBytesSpan().Length < reader.Position && reader.Position % 4 == 0;
                    }
                    catch (TlException)
                    {
                        return true;
                    }
                }
            )
            .QuickCheckThrowOnFailure();
    }

    static byte[] Content(int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);
        return content;
    }
}
