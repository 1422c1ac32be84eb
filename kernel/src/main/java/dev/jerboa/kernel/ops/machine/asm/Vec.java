package dev.jerboa.kernel.ops.machine.asm;

/**
 * A vector register: number 0 to 31 (above 15 only in EVEX instructions) at one of three widths.
 *
 * @param bytes 16, 32 or 64
 */
public record Vec(int number, int bytes) implements Operand {
    public Vec {
        if (number < 0 || number > 31 || bytes != 16 && bytes != 32 && bytes != 64) {
            throw new IllegalArgumentException("vector register " + number + " of " + bytes + " bytes");
        }
    }

    /** The 128-bit register of this number. */
    public static Vec xmm(int number) {
        return new Vec(number, 16);
    }

    /** The 256-bit register of this number. */
    public static Vec ymm(int number) {
        return new Vec(number, 32);
    }

    /** The 512-bit register of this number. */
    public static Vec zmm(int number) {
        return new Vec(number, 64);
    }

    /** Its lowest 128 bits. */
    public Vec x() {
        return xmm(number);
    }

    /** Its lowest 256 bits. */
    public Vec y() {
        return ymm(number);
    }

    /** The whole register. */
    public Vec z() {
        return zmm(number);
    }

    @Override
    public String toString() {
        return (bytes == 16 ? "xmm" : bytes == 32 ? "ymm" : "zmm") + number;
    }
}
