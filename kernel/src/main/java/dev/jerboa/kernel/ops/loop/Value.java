package dev.jerboa.kernel.ops.loop;

import dev.jerboa.kernel.ops.loop.LoopSpec.Function;
import dev.jerboa.kernel.ops.loop.LoopSpec.Node;
import dev.jerboa.kernel.ops.loop.LoopSpec.Operator;

/** A number of the loop that is being described: of each element, of each row, or of the whole call. */
public final class Value {
    final LoopBuilder builder;
    final int number;

    /** The stage whose elements it belongs to; {@link #ROW} or {@link #CALL} otherwise. */
    final int stage;

    /** The first stage that may use it. */
    final int since;

    static final int ROW = -1;
    static final int CALL = -2;

    Value(LoopBuilder builder, int number, int stage, int since) {
        this.builder = builder;
        this.number = number;
        this.stage = stage;
        this.since = since;
    }

    public Value add(Value other) {
        return binary(Operator.ADD, other);
    }

    public Value add(float other) {
        return add(builder.constant(other));
    }

    public Value sub(Value other) {
        return binary(Operator.SUBTRACT, other);
    }

    public Value mul(Value other) {
        return binary(Operator.MULTIPLY, other);
    }

    public Value mul(float other) {
        return mul(builder.constant(other));
    }

    public Value div(Value other) {
        return binary(Operator.DIVIDE, other);
    }

    /** {@code this > other ? this : other}. */
    public Value max(Value other) {
        return binary(Operator.MAX, other);
    }

    /** {@code this < other ? this : other}. */
    public Value min(Value other) {
        return binary(Operator.MIN, other);
    }

    /** {@code this · factor + sum}, rounded once. */
    public Value fma(Value factor, Value sum) {
        return builder.define(new Node.Fused(false, number, factor.number, sum.number), this, factor, sum);
    }

    /** {@code from − this · factor}, rounded once. */
    public Value fnma(Value factor, Value from) {
        return builder.define(new Node.Fused(true, number, factor.number, from.number), this, factor, from);
    }

    public Value neg() {
        return builder.define(new Node.Unary(Function.NEGATION, number), this);
    }

    public Value sqrt() {
        return builder.define(new Node.Unary(Function.SQUARE_ROOT, number), this);
    }

    /** e to this power, within 2 units in the last place; overflows to infinity, underflows gradually. */
    public Value exp() {
        return builder.define(new Node.Unary(Function.EXPONENTIAL, number), this);
    }

    /** {@code 1 / (1 + e^−this)}. */
    public Value sigmoid() {
        return builder.constant(1).div(neg().exp().add(1));
    }

    private Value binary(Operator operator, Value other) {
        return builder.define(new Node.Binary(operator, number, other.number), this, other);
    }
}
