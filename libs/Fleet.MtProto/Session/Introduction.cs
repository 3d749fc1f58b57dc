using Fleet.Tl;
using Fleet.Tl.Methods;

namespace Fleet.MtProto.Session;

/// <summary>What the first call of a connection is wrapped in: invokeWithLayer(initConnection(…)).</summary>
static class Introduction
{
    /// <summary>Everything up to the call itself, which follows without a length.</summary>
    public static byte[] Serialize(ClientInfo client)
    {
        using var writer = new TlWriter();
        new InvokeWithLayer
        {
            Layer = TlSchema.Layer,
            Query = new InitConnection
            {
                ApiId = client.ApiId,
                DeviceModel = client.DeviceModel,
                SystemVersion = client.SystemVersion,
                AppVersion = client.AppVersion,
                SystemLangCode = client.LangCode,
                LangPack = "",
                LangCode = client.LangCode,
                Query = new Nothing(),
            },
        }.Write(writer);
        return writer.WrittenSpan.ToArray();
    }

    sealed class Nothing : TlObject
    {
        public override uint ConstructorId => 0;

        public override void Write(TlWriter w) { }
    }
}
