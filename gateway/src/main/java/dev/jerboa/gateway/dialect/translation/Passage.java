package dev.jerboa.gateway.dialect.translation;

import dev.jerboa.gateway.dialect.ByteSink;
import dev.jerboa.gateway.dialect.ReplyTally;
import dev.jerboa.gateway.dialect.chat.ChatReplyWriter;
import dev.jerboa.gateway.dialect.reply.BodyReader;
import dev.jerboa.gateway.dialect.reply.EventReader;
import dev.jerboa.gateway.dialect.reply.Tap;
import dev.jerboa.gateway.dialect.wire.ByteOrderMark;
import dev.jerboa.gateway.dialect.wire.EventSplitter;
import dev.jerboa.gateway.money.Usage;
import java.io.ByteArrayOutputStream;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The way of a reply through the gateway where client and endpoint speak the same: bytes as they are, whole events at a time, with a tally
 * beside. The end (of a stream the events that end it, of a whole reply all of it) is held back for {@link #tail}. Where usage was asked
 * of the endpoint but not by the client, the chunk that tells it is left out; where the endpoint told counts before its last events, they
 * are told again with the cost. An event that says that the endpoint failed is held back too, with what comes behind it. What replies say
 * of who answers becomes what clients know ({@link HeadSplice}). One thread; whatever the endpoint sends, it does not throw.
 */
public final class Passage {
    /** The longest whole reply that is held back; of a longer one the first bytes go through, and nothing of it is counted. */
    private static final int MOST_HELD = BodyReader.MOST_WHOLE;

    private static final byte[] EVENT_END = {'\n', '\n'};

    /** Writes the event of a stream that tells what was used, and what it cost. */
    @FunctionalInterface
    interface CountsWriter {
        byte[] event(ReplyTally tally, Usage usage, OptionalLong costNanos);
    }

    /**
     * What a passage is made for.
     *
     * @param counts writes counts that did not come last; empty where replies are not told costs so
     */
    record Plan(
            Tap tap,
            EventReader whole,
            boolean lines,
            boolean stream,
            boolean tellsCounts,
            boolean hasCost,
            Optional<CountsWriter> counts,
            HeadSplice head) {}

    private final Plan plan;
    private final ReplyTally tally = new ReplyTally();
    private final ByteArrayOutputStream held = new ByteArrayOutputStream();
    private final ByteOrderMark mark = new ByteOrderMark();
    private final EventSplitter events;
    private final HeadSplice head;
    private ByteSink out = (_, _, _) -> {};
    private boolean decided;
    private boolean inEvents;
    private boolean tooLong;
    private boolean over;
    private boolean ended;
    /** Where the last counts are in what is held back. */
    private int countsFrom = -1;

    private int countsTo = -1;
    /** Where the event that ends the stream is in what is held back. */
    private int overFrom = -1;

    Passage(Plan plan) {
        this.plan = plan;
        this.head = plan.head;
        this.events = new EventSplitter(plan.lines, BodyReader.MOST_EVENT, new EventSplitter.Events() {
            @Override
            public void event(byte[] raw, int from, int to, byte[] data, int dataFrom, int dataTo) {
                pass(raw, from, to, data, dataFrom, dataTo);
            }

            @Override
            public void unread(byte[] raw, int from, int to) {
                release();
                out.write(raw, from, to - from);
            }
        });
    }

    /** Takes bytes of the body and passes on what is complete by them. */
    public void take(byte[] bytes, int offset, int length, ByteSink sink) {
        out = sink;
        int marked = mark.length(bytes, offset, length);
        if (marked > 0) {
            out.write(bytes, offset, marked);
            take(bytes, offset + marked, length - marked);
        } else {
            take(bytes, offset, length);
        }
    }

    private void take(byte[] bytes, int offset, int length) {
        for (int i = offset; !decided && i < offset + length; i++) {
            if (bytes[i] > ' ' || bytes[i] < 0) {
                decided = true;
                inEvents = BodyReader.isEvents(bytes[i], plan.lines, plan.stream);
            }
        }
        if (inEvents) {
            events.take(bytes, offset, length);
        } else if (tooLong || held.size() + (long) length > MOST_HELD) {
            tooLong = true;
            release();
            out.write(bytes, offset, length);
        } else {
            held.write(bytes, offset, length);
        }
    }

    private void pass(byte[] raw, int from, int to, byte[] data, int dataFrom, int dataTo) {
        Tap.Verdict verdict = dataFrom >= dataTo ? Tap.Verdict.PASS : look(data, dataFrom, dataTo);
        boolean nothing = dataFrom >= dataTo;
        head.look(raw, data, dataFrom, dataTo);
        switch (verdict) {
            case PASS -> {
                // of an event that the end of the bytes has cut, nothing is sent where the reply is not over
                if (over || ended || tally.failure().isPresent() || (nothing && held.size() > 0)) {
                    head.write(raw, from, to, held::write);
                } else {
                    release();
                    head.write(raw, from, to, out);
                }
            }
            case COUNTS -> {
                if (plan.tellsCounts) {
                    hold(raw, from, to, true);
                }
            }
            case CLOSING -> hold(raw, from, to, true);
            case OVER -> {
                over = true;
                overFrom = held.size();
                hold(raw, from, to, countsFrom < 0);
            }
        }
    }

    private Tap.Verdict look(byte[] data, int from, int to) {
        try {
            return plan.tap.event(data, from, to, tally);
        } catch (RuntimeException e) {
            return Tap.Verdict.PASS; // what cannot be read is the client's to see
        }
    }

    private void hold(byte[] raw, int from, int to, boolean counts) {
        int before = held.size();
        head.write(raw, from, to, held::write);
        if (counts) {
            countsFrom = before;
            countsTo = held.size();
        }
    }

    /** What was held back was not the end. */
    private void release() {
        if (held.size() > 0) {
            byte[] bytes = held.toByteArray();
            held.reset();
            countsFrom = -1;
            overFrom = -1;
            out.write(bytes, 0, bytes.length);
        }
    }

    /** The body has ended, or was cut. */
    public void end(ByteSink sink) {
        if (ended) {
            return;
        }
        ended = true;
        out = sink;
        if (inEvents) {
            events.end();
            over |= !tally.finish().isEmpty();
        } else if (!tooLong && held.size() > 0) {
            byte[] bytes = held.toByteArray();
            over = BodyReader.whole(plan.whole, bytes, tally::see);
            held.reset();
            head.look(bytes, bytes, 0, bytes.length);
            hold(bytes, 0, bytes.length, true);
        }
    }

    /**
     * Whether the reply has said that it is over, so that nothing more need be read. A body that has ended without it, when {@link #end}
     * was called, was cut.
     */
    public boolean isOver() {
        return over;
    }

    public ReplyTally tally() {
        return tally;
    }

    /**
     * What was held back.
     *
     * @param costNanos what the request cost the client, which is put into the reply's usage where OpenAI's forms have one; empty to
     *     leave the bytes as they are
     */
    public byte[] tail(OptionalLong costNanos) {
        byte[] bytes = held.toByteArray();
        if (costNanos.isEmpty() || !plan.hasCost) {
            return bytes;
        }
        byte[] told = countsFrom < 0
                ? bytes
                : CostSplice.put(
                        bytes,
                        countsFrom,
                        countsTo,
                        costNanos.getAsLong(),
                        head.isOfAll() ? ChatReplyWriter.besideCost(tally.costNanos()) : Map.of());
        return told == bytes ? withCounts(bytes, costNanos) : told;
    }

    /** What is held back, with an event of counts where the endpoint told some earlier. */
    private byte[] withCounts(byte[] bytes, OptionalLong costNanos) {
        CountsWriter writer = plan.counts.orElse(null);
        Usage usage = tally.usage().orElse(null);
        if (writer == null || usage == null || !inEvents) {
            return bytes;
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        int at = overFrom < 0 ? bytes.length : overFrom;
        all.write(bytes, 0, at);
        if (overFrom < 0 && at > 0) {
            all.writeBytes(EVENT_END); // the endpoint's last event may have no end
        }
        all.writeBytes(writer.event(tally, usage, costNanos));
        all.write(bytes, at, bytes.length - at);
        return all.toByteArray();
    }
}
