namespace Fleet.Tl;

/// <summary>Constants of the schema that every TL value shares.</summary>
public static class TlSchema
{
    /// <summary>Layer of Schema/api.tl, the one announced by invokeWithLayer.</summary>
    public const int Layer = 223;

    /// <summary>Longest string or byte string the three-byte length can say.</summary>
    public const int MaxBytes = (1 << 24) - 1;

    /// <summary><c>vector {t:Type} # [ t ] = Vector t</c></summary>
    public const uint VectorId = 0x1cb5c415;

    /// <summary><c>boolTrue = Bool</c></summary>
    public const uint BoolTrueId = 0x997275b5;

    /// <summary><c>boolFalse = Bool</c></summary>
    public const uint BoolFalseId = 0xbc799737;
}
