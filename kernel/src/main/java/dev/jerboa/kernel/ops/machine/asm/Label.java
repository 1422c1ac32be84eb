package dev.jerboa.kernel.ops.machine.asm;

/** A place in the code, made by {@link Assembler#label}, set once by {@link Assembler#place}. */
public final class Label {
    static final int NOWHERE = -1;

    private final int number;
    int offset = NOWHERE;

    Label(int number) {
        this.number = number;
    }

    @Override
    public String toString() {
        return ".L" + number;
    }
}
