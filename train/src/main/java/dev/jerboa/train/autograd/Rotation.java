package dev.jerboa.train.autograd;

import static dev.jerboa.train.autograd.Rows.at;
import static dev.jerboa.train.autograd.Rows.get;
import static dev.jerboa.train.autograd.Rows.set;
import static dev.jerboa.train.autograd.Rows.stride;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.RotaryTable;
import dev.jerboa.kernel.ops.RotaryTable.Layout;
import dev.jerboa.kernel.ops.loop.Loop;
import dev.jerboa.kernel.ops.loop.Value;

/** Rotary position embedding of one stretch in each head of a row, or its reverse; the rest is copied. */
public final class Rotation implements Op {
    private static final int ROW = 0;
    private static final int TABLE = 1;

    private final Input x;
    private final RotaryTable cosines;
    private final int heads;
    private final int stride;
    private final int first;
    private final int every;
    private final int direction;
    private final Tensor out;
    private final Loop halves;

    /** Turns each row as at its token's position. Adds itself to the tape. */
    public Rotation(Tape tape, Tensor x, RotaryTable cosines, int heads, int first) {
        this(tape, x, cosines, heads, first, 1, false);
    }

    /**
     * Adds itself to the tape.
     *
     * @param cosines for the positions of the longest batch
     * @param heads stretches of a row, {@code cols / heads} columns apart
     * @param first the first rotated column in each
     * @param every rows turn as at the last multiple of this that is not after their position
     * @param back whether they are turned back
     */
    public Rotation(Tape tape, Tensor x, RotaryTable cosines, int heads, int first, int every, boolean back) {
        this.x = tape.use(x).forwardOnly();
        this.cosines = cosines;
        this.heads = heads;
        this.stride = x.cols() / heads;
        this.first = first;
        this.every = every;
        this.direction = back ? -1 : 1;
        if (heads * stride != x.cols() || first + cosines.dims() > stride) {
            throw new IllegalArgumentException(heads + " heads in rows of " + x.cols() + ", rotated from " + first);
        }
        this.out = tape.tensor(x.name() + " rotated", x.cols());
        int half = cosines.dims() / 2;
        this.halves = Rows.loop("rotation of " + cosines.dims(), l -> {
            Value x0 = l.load(ROW);
            Value x1 = l.load(ROW, half);
            Value cosine = l.load(TABLE);
            Value sine = l.load(TABLE, half).mul(l.scalar(0));
            l.store(ROW, x0.mul(cosine).sub(x1.mul(sine)));
            l.store(ROW, half, x1.mul(cosine).add(x0.mul(sine)));
        });
        tape.add(this);
    }

    public Tensor out() {
        return out;
    }

    @Override
    public void forward(Pass pass) {
        for (int t = pass.from(); t < pass.to(); t++) {
            Rows.copy(x.address(t), out.address(t), x.cols());
            turn(out.address(t), position(pass, t), direction);
        }
    }

    @Override
    public void backward(Pass pass) {
        for (int t = pass.from(); t < pass.to(); t++) {
            turn(out.gradientAddress(t), position(pass, t), -direction);
            Rows.give(out.gradientAddress(t), x.gradientAddress(t), x.cols(), x.adds());
        }
    }

    private int position(Pass pass, int token) {
        return pass.batch().position(token) / every * every;
    }

    private void turn(long row, int position, int direction) {
        FloatRows values = cosines.values();
        int half = cosines.dims() / 2;
        long table = values.data().address() + values.offset(position);
        if (cosines.layout() != Layout.INTERLEAVED) {
            halves.call()
                    .at(ROW, at(row, first), stride(stride))
                    .at(TABLE, table, 0)
                    .scalar(0, direction)
                    .count(0, half)
                    .run(heads);
            return;
        }
        for (int h = 0; h < heads; h++) {
            long head = at(row, h * stride + first);
            for (int i = 0; i < half; i++) {
                float cosine = get(at(table, i));
                float sine = direction * get(at(table, half + i));
                long a = at(head, 2 * i);
                long b = at(head, 2 * i + 1);
                float x0 = get(a);
                float x1 = get(b);
                set(a, x0 * cosine - x1 * sine);
                set(b, x1 * cosine + x0 * sine);
            }
        }
    }
}
