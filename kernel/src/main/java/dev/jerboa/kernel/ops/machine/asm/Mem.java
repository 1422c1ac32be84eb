package dev.jerboa.kernel.ops.machine.asm;

import org.jspecify.annotations.Nullable;

/**
 * A memory operand: {@code [base + index·scale + displacement]}, or a place in the code ({@code label}).
 *
 * @param base null only with a label
 * @param index anything but RSP, or null; null with a label
 * @param scale 1, 2, 4 or 8
 * @param broadcast whether one element is read and copied to all lanes (EVEX only)
 */
public record Mem(
        @Nullable Gpr base,
        @Nullable Gpr index,
        int scale,
        int displacement,
        boolean broadcast,
        @Nullable Label label) implements Operand {
    public Mem {
        if ((base == null) == (label == null)
                || index == Gpr.RSP
                || index != null && label != null
                || scale != 1 && scale != 2 && scale != 4 && scale != 8) {
            throw new IllegalArgumentException(
                    "no such memory operand: base " + base + ", index " + index + "·" + scale);
        }
    }

    /** {@code [base]}. */
    public static Mem at(Gpr base) {
        return at(base, 0);
    }

    /** {@code [base + displacement]}. */
    public static Mem at(Gpr base, int displacement) {
        return new Mem(base, null, 1, displacement, false, null);
    }

    /** {@code [base + index·scale + displacement]}. */
    public static Mem at(Gpr base, Gpr index, int scale, int displacement) {
        return new Mem(base, index, scale, displacement, false, null);
    }

    /** What lies at {@code label}. */
    public static Mem at(Label label) {
        return new Mem(null, null, 1, 0, false, label);
    }

    /** The same place, {@code bytes} further on. */
    public Mem plus(int bytes) {
        return new Mem(base, index, scale, displacement + bytes, broadcast, label);
    }

    /** One element of it in every lane. */
    public Mem toAll() {
        return new Mem(base, index, scale, displacement, true, label);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("[");
        if (label != null) {
            text.append("rip + ").append(label);
        } else {
            text.append(base);
        }
        if (index != null) {
            text.append(" + ").append(index);
            if (scale > 1) {
                text.append('*').append(scale);
            }
        }
        if (displacement != 0) {
            text.append(displacement < 0 ? " - " : " + ").append(Math.abs((long) displacement));
        }
        return text.append(']').toString();
    }
}
