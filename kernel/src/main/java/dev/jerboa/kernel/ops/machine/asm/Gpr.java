package dev.jerboa.kernel.ops.machine.asm;

import java.util.Locale;

/** A general register, 64 bits wide; {@link #name32} names its lower half, {@link #name16} the lower half of that. */
public enum Gpr {
    RAX,
    RCX,
    RDX,
    RBX,
    RSP,
    RBP,
    RSI,
    RDI,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15;

    int number() {
        return ordinal();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    String name8() {
        return switch (this) {
            case RAX, RBX, RCX, RDX -> name().toLowerCase(Locale.ROOT).substring(1, 2) + "l";
            case RSP, RBP, RSI, RDI -> throw new IllegalArgumentException("the lowest byte of " + this);
            default -> this + "b";
        };
    }

    String name16() {
        return ordinal() < 8 ? toString().substring(1) : toString() + "w";
    }

    String name32() {
        String name = toString();
        return ordinal() < 8 ? "e" + name.substring(1) : name + "d";
    }
}
