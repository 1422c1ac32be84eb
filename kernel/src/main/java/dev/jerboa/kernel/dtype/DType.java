package dev.jerboa.kernel.dtype;

/**
 * A storage format of weights: a row is a sequence of blocks of {@link #blockSize} values in {@link #blockBytes} bytes.
 * The numbers in GGUF files are {@link #ggufId}; formats that GGUF has no number for have −1.
 */
public enum DType {
    F32(0, 1, 4),
    F16(1, 1, 2),
    Q4_0(2, 32, 18),
    Q4_1(3, 32, 20),
    Q5_0(6, 32, 22),
    Q5_1(7, 32, 24),
    Q8_0(8, 32, 34),
    Q8_1(9, 32, 36),
    Q2_K(10, 256, 84),
    Q3_K(11, 256, 110),
    Q4_K(12, 256, 144),
    Q5_K(13, 256, 176),
    Q6_K(14, 256, 210),
    Q8_K(15, 256, 292),
    IQ2_XXS(16, 256, 66),
    IQ2_XS(17, 256, 74),
    IQ3_XXS(18, 256, 98),
    IQ1_S(19, 256, 50),
    IQ4_NL(20, 32, 18),
    IQ3_S(21, 256, 110),
    IQ2_S(22, 256, 82),
    IQ4_XS(23, 256, 136),
    I8(24, 1, 1),
    I16(25, 1, 2),
    I32(26, 1, 4),
    I64(27, 1, 8),
    F64(28, 1, 8),
    IQ1_M(29, 256, 56),
    BF16(30, 1, 2),
    TQ1_0(34, 256, 54),
    TQ2_0(35, 256, 66),
    MXFP4(39, 32, 17),
    NVFP4(40, 64, 36),
    /** FP8 with 4 exponent and 3 mantissa bits, no infinities (DeepSeek V3; scales lie in another tensor). */
    F8_E4M3(-1, 1, 1);

    private final int ggufId;
    private final int blockSize;
    private final int blockBytes;

    DType(int ggufId, int blockSize, int blockBytes) {
        this.ggufId = ggufId;
        this.blockSize = blockSize;
        this.blockBytes = blockBytes;
    }

    /** The type's number in GGUF files, or −1. */
    public int ggufId() {
        return ggufId;
    }

    /** Values in a block. */
    public int blockSize() {
        return blockSize;
    }

    /** Bytes of a block. */
    public int blockBytes() {
        return blockBytes;
    }

    /** The bytes that {@code values} values take; they must be whole blocks. */
    public long bytes(long values) {
        if (values % blockSize != 0) {
            throw new IllegalArgumentException(
                    values + " values are not whole blocks of " + blockSize + " (" + this + ")");
        }
        return Math.multiplyExact(values / blockSize, (long) blockBytes);
    }
}
