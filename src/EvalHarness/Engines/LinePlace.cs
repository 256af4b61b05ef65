namespace EvalHarness.Engines;

/// <summary>
/// Where a line begins, or several that follow each other, and which of the answers to one document or prompt it has, in 8 bytes. Places
/// are in the order of the file.
/// </summary>
/// <param name="Packed">The offset in the upper 43 bits below the sign, the number in the lower 20.</param>
internal readonly record struct LinePlace(long Packed)
{
    private const int NumberBits = 20;

    /// <summary>In the number's place: this place begins several lines, as many as the bits below say.</summary>
    private const int Run = 1 << (NumberBits - 1);

    private const int Largest = Run - 3;

    /// <summary>The line has no number: it has the next one that its prompt has free.</summary>
    private const int None = Largest + 1;

    /// <summary>The line has several numbers, or one that does not fit: it must be read to know them.</summary>
    private const int InLine = Largest + 2;

    public long Offset => Packed >> NumberBits;

    /// <summary>The number of the choice or of the repeat; null where there is none, or the line must be read.</summary>
    public int? Number => Code <= Largest ? Code : null;

    public bool IsInLine => Code >= InLine;

    /// <summary>The number of lines that begin here and follow each other, 1 or more.</summary>
    public int Lines => Code > Run ? Code - Run : 1;

    private int Code => (int)(Packed & ((1 << NumberBits) - 1));

    /// <param name="offset">Where the line begins, in bytes.</param>
    /// <param name="number">The number of the choice or of the repeat; null where the line says none.</param>
    public static LinePlace Of(long offset, int? number) =>
        new(Shifted(offset) | (uint)(number switch { null => None, > Largest => InLine, { } known => known }));

    /// <summary>The place of a line that has several answers.</summary>
    public static LinePlace OfSeveral(long offset) => new(Shifted(offset) | InLine);

    /// <summary>The place of this line and of the one behind it, which has the number after its own.</summary>
    /// <returns>Null if so many lines cannot be counted.</returns>
    public LinePlace? WithNext() => Lines < Run - 1 ? new LinePlace((Packed & ~((1L << NumberBits) - 1)) | (uint)(Run + Lines + 1)) : null;

    private static long Shifted(long offset) => offset < 1L << (63 - NumberBits)
        ? offset << NumberBits
        : throw new InvalidDataException("the file is larger than 8 TiB");
}
