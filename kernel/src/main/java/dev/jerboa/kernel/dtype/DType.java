package dev.jerboa.kernel.dtype;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * A storage format of weights: a row is a sequence of blocks of {@link #blockSize} values in {@link #blockBytes} bytes,
 * little-endian. The numbers in GGUF files are {@link #ggufId}; formats that GGUF has no number for have −1.
 *
 * <p>{@link #decode} is the meaning of the format, the reference that every kernel is held against; {@link #encode}
 * exists for the formats that Jerboa writes. Both are pure functions of their arguments, safe for several threads.
 */
public enum DType {
    F32(0, 1, 4, Plain::f32, Plain::putF32),
    F16(1, 1, 2, Plain::f16, Plain::putF16),
    Q4_0(2, 32, 18, SmallBlocks::q4Zero, SmallBlockEncoders::q4Zero),
    Q4_1(3, 32, 20, SmallBlocks::q4One, SmallBlockEncoders::q4One),
    Q5_0(6, 32, 22, SmallBlocks::q5Zero, SmallBlockEncoders::q5Zero),
    Q5_1(7, 32, 24, SmallBlocks::q5One, SmallBlockEncoders::q5One),
    Q8_0(8, 32, 34, SmallBlocks::q8Zero, SmallBlockEncoders::q8Zero),
    /** Q8_0 with the sum of its values; made for activations at run time, hardly ever in files. */
    Q8_1(9, 32, 36, SmallBlocks::q8One),
    Q2_K(10, 256, 84, SuperBlocks::q2k, SuperBlockEncoders::q2k),
    Q3_K(11, 256, 110, SuperBlocks::q3k, SuperBlockEncoders::q3k),
    Q4_K(12, 256, 144, SuperBlocks::q4k, SuperBlockEncoders::q4k),
    Q5_K(13, 256, 176, SuperBlocks::q5k, SuperBlockEncoders::q5k),
    Q6_K(14, 256, 210, SuperBlocks::q6k, SuperBlockEncoders::q6k),
    /** Bytes with a float32 scale and sums; made for activations at run time, hardly ever in files. */
    Q8_K(15, 256, 292, SuperBlocks::q8k),
    IQ2_XXS(16, 256, 66, GridBlocks::iq2Xxs),
    IQ2_XS(17, 256, 74, GridBlocks::iq2Xs),
    IQ3_XXS(18, 256, 98, GridBlocks::iq3Xxs),
    IQ1_S(19, 256, 50, GridBlocks::iq1S),
    IQ4_NL(20, 32, 18, SmallBlocks::iq4Nl, SmallBlockEncoders::iq4Nl),
    IQ3_S(21, 256, 110, GridBlocks::iq3S),
    IQ2_S(22, 256, 82, GridBlocks::iq2S),
    IQ4_XS(23, 256, 136, SmallBlocks::iq4Xs),
    I8(24, 1, 1, Plain::i8s),
    I16(25, 1, 2, Plain::i16s),
    I32(26, 1, 4, Plain::i32s),
    I64(27, 1, 8, Plain::i64s),
    F64(28, 1, 8, Plain::f64),
    IQ1_M(29, 256, 56, GridBlocks::iq1M),
    BF16(30, 1, 2, Plain::bf16, Plain::putBf16),
    TQ1_0(34, 256, 54, SuperBlocks::tq1),
    TQ2_0(35, 256, 66, SuperBlocks::tq2),
    /** E2M1 numbers with an E8M0 scale for 32 of them (OCP MX 1.0), nibbles in GGUF's order. */
    MXFP4(39, 32, 17, SmallBlocks::mxfp4, SmallBlockEncoders::mxfp4),
    /** E2M1 numbers with an E4M3 scale for 16 of them. */
    NVFP4(40, 64, 36, SmallBlocks::nvfp4),
    /** One sign a value. */
    Q1_0(41, 128, 18, SmallBlocks::q1Zero),
    /** −1, 0, 1 or 2 scales a value. */
    Q2_0(42, 64, 18, SmallBlocks::q2Zero),
    /** FP8 with 4 exponent and 3 mantissa bits, no infinities (DeepSeek V3; scales lie in another tensor). */
    F8_E4M3(-1, 1, 1, Plain::e4m3, Plain::putE4m3),
    /** FP8 with 5 exponent and 2 mantissa bits. */
    F8_E5M2(-1, 1, 1, Plain::e5m2),
    /** A power of two: block scales kept as a tensor of their own. */
    F8_E8M0(-1, 1, 1, Plain::e8m0),
    /** E2M1 numbers, two a byte, the first in the low nibble; scales lie in another tensor. */
    F4_E2M1(-1, 2, 1, Plain::e2m1),
    U8(-1, 1, 1, Plain::u8s),
    U16(-1, 1, 2, Plain::u16s),
    U32(-1, 1, 4, Plain::u32s),
    U64(-1, 1, 8, Plain::u64s),
    /** One byte: 0 is false, anything else true. */
    BOOL(-1, 1, 1, Plain::bools);

    /** Bytes at hand while a thread decodes or encodes. */
    private static final ThreadLocal<byte[]> WINDOW = ThreadLocal.withInitial(() -> new byte[8192]);

    private static final @Nullable DType[] BY_GGUF_ID = new DType[64];

    static {
        for (DType type : values()) {
            if (type.ggufId >= 0) {
                BY_GGUF_ID[type.ggufId] = type;
            }
        }
    }

    private final int ggufId;
    private final int blockSize;
    private final int blockBytes;
    private final Decoder decoder;
    private final @Nullable FittingEncoder encoder;

    DType(int ggufId, int blockSize, int blockBytes, Decoder decoder) {
        this(ggufId, blockSize, blockBytes, decoder, (FittingEncoder) null);
    }

    DType(int ggufId, int blockSize, int blockBytes, Decoder decoder, Encoder encoder) {
        this(
                ggufId,
                blockSize,
                blockBytes,
                decoder,
                (src, importances, from, dst, at, blocks, search) -> encoder.encode(src, from, dst, at, blocks));
    }

    DType(int ggufId, int blockSize, int blockBytes, Decoder decoder, @Nullable FittingEncoder encoder) {
        this.ggufId = ggufId;
        this.blockSize = blockSize;
        this.blockBytes = blockBytes;
        this.decoder = decoder;
        this.encoder = encoder;
    }

    /** Reads {@code blocks} blocks from byte {@code at} of {@code src} into {@code dst} from {@code out}. */
    @FunctionalInterface
    interface Decoder {
        void decode(byte[] src, int at, float[] dst, int out, int blocks);
    }

    /** Writes {@code blocks} blocks of {@code src} from {@code from} to byte {@code at} of {@code dst}. */
    @FunctionalInterface
    interface Encoder {
        void encode(float[] src, int from, byte[] dst, int at, int blocks);
    }

    /** The same of a format that has scales to search for. */
    @FunctionalInterface
    interface FittingEncoder {
        void encode(
                float[] src,
                float @Nullable [] importances,
                int from,
                byte[] dst,
                int at,
                int blocks,
                GroupSearch search);
    }

    /** The type with this number in GGUF files, or null where there is none that can be read. */
    public static @Nullable DType ofGguf(int id) {
        return id >= 0 && id < BY_GGUF_ID.length ? BY_GGUF_ID[id] : null;
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
        return Math.multiplyExact(blocks(values), (long) blockBytes);
    }

    /**
     * Decodes {@code count} values, a multiple of {@link #blockSize}, from byte {@code srcOffset} of {@code src} (at any
     * alignment) into {@code dst} from {@code dstOffset}.
     *
     * @throws IllegalArgumentException where {@code count} is not whole blocks
     * @throws IndexOutOfBoundsException where source or destination are too small
     */
    public void decode(MemorySegment src, long srcOffset, float[] dst, int dstOffset, int count) {
        int blocks = (int) blocks(count);
        byte[] window = WINDOW.get();
        int most = window.length / blockBytes;
        for (int from = 0; from < blocks; from += most) {
            int part = Math.min(most, blocks - from);
            long at = srcOffset + (long) from * blockBytes;
            MemorySegment.copy(src, ValueLayout.JAVA_BYTE, at, window, 0, part * blockBytes);
            decoder.decode(window, 0, dst, dstOffset + from * blockSize, part);
        }
    }

    /** Whether {@link #encode} exists for this type. */
    public boolean encodable() {
        return encoder != null;
    }

    /**
     * Encodes {@code count} values, a multiple of {@link #blockSize}, from {@code srcOffset} of {@code src} to byte
     * {@code dstOffset} of {@code dst}. Deterministic: the same values give the same bytes, block by block.
     *
     * @throws UnsupportedOperationException where the type is not {@link #encodable}
     * @throws IllegalArgumentException where {@code count} is not whole blocks
     */
    public void encode(float[] src, int srcOffset, int count, MemorySegment dst, long dstOffset) {
        encode(src, null, srcOffset, count, dst, dstOffset, GroupSearch.PLAIN);
    }

    /**
     * The same, with errors weighted by importances and scales found by a given search, all of which give the same bytes. Formats
     * without scales, and Q8_0, whose scale leaves nothing to choose, take no notice of importances.
     *
     * @param importances how much the squared error of each of {@code src} matters, none negative; or null for all alike
     */
    public void encode(
            float[] src,
            float @Nullable [] importances,
            int srcOffset,
            int count,
            MemorySegment dst,
            long dstOffset,
            GroupSearch search) {
        if (encoder == null) {
            throw new UnsupportedOperationException("no encoder for " + this);
        }
        int blocks = (int) blocks(count);
        byte[] window = WINDOW.get();
        int most = window.length / blockBytes;
        for (int from = 0; from < blocks; from += most) {
            int part = Math.min(most, blocks - from);
            encoder.encode(src, importances, srcOffset + from * blockSize, window, 0, part, search);
            MemorySegment.copy(
                    window, 0, dst, ValueLayout.JAVA_BYTE, dstOffset + (long) from * blockBytes, part * blockBytes);
        }
    }

    private long blocks(long values) {
        if (values < 0 || values % blockSize != 0) {
            throw new IllegalArgumentException(
                    values + " values are not whole blocks of " + blockSize + " (" + this + ")");
        }
        return values / blockSize;
    }
}
