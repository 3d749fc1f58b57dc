using Fleet.Tl;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.UnitTests.Tl;

[Category("engine")]
public sealed class TlReaderTests
{
    [Test]
    public void Numbers_are_little_endian()
    {
        var bytes = Convert.FromHexString("04030201" + "0807060504030201" + "000000000000F03F");
        var reader = new TlReader(bytes);

        Assert.That(reader.ReadInt32(), Is.EqualTo(0x01020304));
        Assert.That(reader.ReadInt64(), Is.EqualTo(0x0102030405060708));
        Assert.That(reader.ReadDouble(), Is.EqualTo(1.0));
        Assert.That(reader.Remaining, Is.Zero);
    }

    [TestCase("00000000", ExpectedResult = "")]
    [TestCase("03616263", ExpectedResult = "abc")]
    [TestCase("0461626364000000", ExpectedResult = "abcd")]
    [TestCase("04D184D18B000000", ExpectedResult = "фы")]
    [TestCase("02C328" + "00", ExpectedResult = "\ufffd(", Description = "ill-formed UTF-8")]
    public string A_string_is_its_length_its_bytes_and_zeros_up_to_four(string hex) =>
        TlBytes.Read(Convert.FromHexString(hex), static (ref TlReader r) => r.ReadString());

    /// <summary>No writer of ours makes these; a server or another client may.</summary>
    [TestCase("04616263640000FF", Description = "padding that is not zero")]
    [TestCase("FE04000061626364", Description = "long form of a short string")]
    public void A_byte_string_is_read_whatever_fills_it_and_however_long_its_length(string hex)
    {
        var read = TlBytes.Read(Convert.FromHexString(hex), static (ref TlReader r) => r.ReadString());

        Assert.That(read, Is.EqualTo("abcd"));
        Assert.That(TlBytes.Of(w => w.WriteString(read)), Is.EqualTo(Convert.FromHexString("0461626364000000")));
    }

    [TestCase("", TlFault.Truncated, Description = "nothing")]
    [TestCase("03", TlFault.Truncated)]
    [TestCase("036162", TlFault.Truncated, Description = "content")]
    [TestCase("04616263640000", TlFault.Truncated, Description = "padding")]
    [TestCase("FE0001", TlFault.Truncated, Description = "long length")]
    [TestCase("FEFFFFFF00000000", TlFault.Truncated, Description = "16 MiB announced")]
    [TestCase("FE030000616263", TlFault.Truncated, Description = "padding of a long form")]
    [TestCase("FFFFFFFF00000000", TlFault.BadLength, Description = "length byte 255")]
    [TestCase("0361626300", TlFault.TrailingBytes)]
    public void A_byte_string_that_does_not_fit_is_refused(string hex, TlFault fault)
    {
        var bytes = Convert.FromHexString(hex);

        Assert.That(TlBytes.FaultOf(bytes, static (ref TlReader r) => r.ReadBytes()), Is.EqualTo(fault));
    }

    [TestCase("B5757299", ExpectedResult = null)]
    [TestCase("379779BC", ExpectedResult = null)]
    [TestCase("01000000", ExpectedResult = TlFault.UnknownConstructor)]
    [TestCase("B57572", ExpectedResult = TlFault.Truncated)]
    public TlFault? A_bool_is_one_of_two_constructors(string hex) =>
        TlBytes.FaultOf(Convert.FromHexString(hex), static (ref TlReader r) => r.ReadBool());

    [TestCase(-1)]
    [TestCase(3)]
    [TestCase(int.MaxValue)]
    public void A_vector_longer_than_the_input_is_refused_before_anything_is_allocated(int count)
    {
        var bytes = TlBytes.Of(w =>
        {
            w.BeginVector(count);
            w.WriteInt64(1);
            w.WriteInt64(2);
        });

        Assert.That(
            TlBytes.FaultOf(bytes, static (ref TlReader r) => r.ReadInt64Vector()),
            Is.EqualTo(TlFault.TooLarge)
        );
    }

    [Test]
    public void Without_the_vector_constructor_there_is_no_vector()
    {
        var bytes = new byte[16];

        Assert.That(
            TlBytes.FaultOf(bytes, static (ref TlReader r) => r.ReadVector(UserBase.Read)),
            Is.EqualTo(TlFault.UnknownConstructor)
        );
    }

    /// <summary>Each nested vector claims all that is left; what is allocated follows what was read.</summary>
    [Test]
    public void Nested_hostile_counts_allocate_no_more_than_the_input_justifies()
    {
        var bytes = new byte[1 << 20];
        using (var w = new TlWriter())
        {
            for (var depth = 0; depth < TlReader.MaxDepth - 1; depth++)
            {
                w.WriteUInt32(TextConcat.TlId);
                w.BeginVector(200_000);
            }
            w.WrittenSpan.CopyTo(bytes);
        }
        var before = GC.GetAllocatedBytesForCurrentThread();

        var fault = TlBytes.FaultOf(bytes, static (ref TlReader r) => r.ReadObject());

        Assert.That(fault, Is.EqualTo(TlFault.UnknownConstructor));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(bytes.Length));
    }

    [Test]
    public void A_real_long_vector_is_read_whole()
    {
        var users = Enumerable.Range(0, 5000).Select(id => new UserEmpty { Id = id }).ToArray();

        var read = TlBytes.Read(
            TlBytes.Of(w => w.WriteVector<UserEmpty>(users)),
            static (ref TlReader r) => r.ReadVector(UserBase.Read)
        );

        Assert.That(read.Cast<UserEmpty>().Select(u => u.Id), Is.EqualTo(users.Select(u => u.Id)));
    }

    [TestCase(TlReader.MaxDepth - 1, ExpectedResult = null)]
    [TestCase(TlReader.MaxDepth, ExpectedResult = TlFault.TooDeep)]
    [TestCase(1_000_000, ExpectedResult = TlFault.TooDeep)]
    public TlFault? Objects_nest_to_a_fixed_depth(int wrappers) =>
        TlBytes.FaultOf(
            TlBytes.Of(w =>
            {
                for (var i = 0; i < wrappers; i++)
                {
                    w.WriteUInt32(InvokeWithoutUpdates.TlId);
                }
                w.WriteUInt32(HelpGetConfig.TlId);
            })
        );

    [Test]
    public void Depth_is_that_of_nesting_and_not_of_objects_read()
    {
        var texts = Enumerable.Range(0, 1000).Select(_ => new TextBold { Text = new TextEmpty() }).ToArray();

        Assert.That(TlBytes.FaultOf(TlBytes.Of(new TextConcat { Texts = texts })), Is.Null);
    }

    [Test]
    public void A_constructor_of_another_type_is_unknown_where_it_stands()
    {
        var bytes = TlBytes.Of(new UserEmpty { Id = 1 });

        Assert.That(
            TlBytes.FaultOf(bytes, static (ref TlReader r) => ChatBase.Read(ref r)),
            Is.EqualTo(TlFault.UnknownConstructor)
        );
    }

    /// <summary>A flag without a value may be added to a constructor at any time without a new id.</summary>
    [Test]
    public void Flags_of_later_schemas_are_passed_over()
    {
        var bytes = TlBytes.Of(new AuthLoggedOut());
        bytes[7] = 0x80;

        Assert.That(TlBytes.Read(bytes), Is.InstanceOf<AuthLoggedOut>());
    }
}
