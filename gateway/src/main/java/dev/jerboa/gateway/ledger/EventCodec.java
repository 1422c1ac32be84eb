package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.money.Service;
import dev.jerboa.gateway.money.ToolUses;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.store.Micros;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

/**
 * Events as frames of a journal: length of the rest (4 bytes), CRC-32C of it (4 bytes), kind (1 byte), then the fields in the order of
 * {@link #encode}: whole numbers in groups of seven bits, lowest first, with the sign folded into the lowest bit; texts as UTF-8 behind
 * their length. The order is that of the files, whatever an event's parts are in memory. Frames of before there were service tiers end with
 * the cause; behind it are service, what has no price, category, and the possible cost of each attempt, and, where there is one, the
 * endpoint's own word for why the reply ended.
 */
final class EventCodec {
    /** What a frame says. */
    enum Kind {
        /** {@link Ledger#begin}. */
        BEGIN,
        /** {@link Ledger#record}. */
        RECORD
    }

    /** A frame that was read. */
    record Frame(Kind kind, UsageEvent event) {}

    static final int HEAD = 8;
    /** The longest rest of a frame: texts and attempts are cut so that none is longer. */
    static final int MOST = 1 << 17;

    private static final int MOST_TEXT = 512;
    private static final int MOST_ATTEMPTS = 64;

    private EventCodec() {}

    /** The frame of an event. Texts longer than 512 characters and attempts behind the 64th, which clients could make, are cut. */
    static byte[] encode(Kind kind, UsageEvent event) {
        Out out = new Out();
        out.at = HEAD;
        out.bytes[out.at++] = (byte) kind.ordinal();
        out.text(event.id());
        out.number(Micros.of(event.at()));
        out.text(event.node());
        UsageEvent.Payer payer = event.payer();
        out.text(payer.key());
        out.text(payer.account());
        out.text(payer.app());
        out.text(payer.country());
        UsageEvent.Asked asked = event.asked();
        out.text(asked.dialect());
        out.text(asked.model());
        UsageEvent.Offer offer = event.offer();
        out.text(offer.endpoint());
        out.text(offer.model());
        out.text(offer.provider());
        out.text(offer.priceVersion());
        List<Attempt> attempts = event.attempts().size() <= MOST_ATTEMPTS
                ? event.attempts()
                : event.attempts().subList(0, MOST_ATTEMPTS);
        attempts(out, attempts);
        UsageEvent.Used used = event.used();
        usage(out, used.tokens());
        UsageEvent.Reply reply = event.reply();
        out.number(asked.bytes());
        out.number(reply.bytes());
        out.number(reply.firstTokenMicros());
        out.number(reply.durationMicros());
        UsageEvent.Outcome outcome = event.outcome();
        out.number(outcome.status());
        out.text(outcome.finish());
        out.number(reply.streamed() ? 1 : 0);
        out.number(reply.toolCalls());
        UsageEvent.Cost cost = event.cost();
        out.number(cost.nanos());
        out.number(cost.upstreamNanos().isPresent() ? 1 : 0);
        out.number(cost.upstreamNanos().orElse(0));
        out.number(used.quality().ordinal());
        out.text(outcome.cancelCause());
        service(out, used.service());
        out.text(cost.unpriced());
        out.text(asked.category());
        for (Attempt attempt : attempts) {
            out.number(attempt.possibleCostNanos());
        }
        if (!outcome.nativeFinish().isEmpty()) {
            out.text(outcome.nativeFinish());
        }
        return out.frame();
    }

    private static void attempts(Out out, List<Attempt> attempts) {
        out.number(attempts.size());
        for (Attempt attempt : attempts) {
            out.text(attempt.endpoint());
            out.number(attempt.status());
            out.text(attempt.outcome());
            out.number(attempt.millis());
            out.number(attempt.billed() ? 1 : 0);
        }
    }

    private static void usage(Out out, Usage usage) {
        out.number(usage.input());
        out.number(usage.cacheRead());
        out.number(usage.cacheWrite());
        out.number(usage.cacheWriteLong());
        out.number(usage.output());
        out.number(usage.reasoning());
    }

    private static void service(Out out, Service service) {
        out.text(service.tier());
        out.number(service.tools().webSearch());
        out.number(service.tools().webFetch());
        out.number(service.tools().fileSearch());
    }

    /** The rest of a frame, whose check sum is right; an {@link IllegalArgumentException} where it is none. */
    static Frame decode(byte[] bytes, int offset, int length) {
        In in = new In(bytes, offset, offset + length);
        Kind kind = in.one(Kind.values());
        String id = in.text();
        Instant at = Micros.instant(in.number());
        String node = in.text();
        UsageEvent.Payer payer = new UsageEvent.Payer(in.text(), in.text(), in.text(), in.text());
        String dialect = in.text();
        String requestedModel = in.text();
        UsageEvent.Offer offer = new UsageEvent.Offer(in.text(), in.text(), in.text(), in.text());
        List<Attempt> attempts = attempts(in);
        Usage tokens = new Usage(in.number(), in.number(), in.number(), in.number(), in.number(), in.number());
        long bytesIn = in.number();
        long bytesOut = in.number();
        long firstTokenMicros = in.number();
        long durationMicros = in.number();
        int status = (int) in.number();
        String finish = in.text();
        boolean streamed = in.number() != 0;
        int toolCalls = (int) in.number();
        long costNanos = in.number();
        OptionalLong upstreamNanos = optional(in);
        Quality quality = Quality.values()[(int) Math.clamp(in.number(), 0, Quality.values().length - 1)];
        String cancelCause = in.text();
        Service service = Service.NONE;
        String unpriced = "";
        String category = "";
        if (!in.ended()) { // what frames have had since there are service tiers
            service = new Service(in.text(), new ToolUses(in.number(), in.number(), in.number()));
            unpriced = in.text();
            category = in.text();
            attempts.replaceAll(attempt -> attempt.withPossibleCost(in.number()));
        }
        String nativeFinish = in.ended() ? "" : in.text();
        UsageEvent event = new UsageEvent(
                id,
                at,
                node,
                payer,
                new UsageEvent.Asked(dialect, requestedModel, bytesIn, category),
                offer,
                attempts,
                new UsageEvent.Used(tokens, service, quality),
                new UsageEvent.Cost(costNanos, upstreamNanos, unpriced),
                new UsageEvent.Reply(streamed, bytesOut, toolCalls, firstTokenMicros, durationMicros),
                new UsageEvent.Outcome(status, finish, nativeFinish, cancelCause));
        return new Frame(kind, event);
    }

    private static OptionalLong optional(In in) {
        boolean there = in.number() != 0;
        long value = in.number();
        return there ? OptionalLong.of(value) : OptionalLong.empty();
    }

    private static List<Attempt> attempts(In in) {
        int count = (int) Math.clamp(in.number(), 0, MOST_ATTEMPTS);
        List<Attempt> attempts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            attempts.add(new Attempt(in.text(), (int) in.number(), in.text(), in.number(), in.number() != 0));
        }
        return attempts;
    }

    static int checksum(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }

    /** Bytes that become more. */
    private static final class Out {
        private byte[] bytes = new byte[512];
        private int at;

        private void room(int count) {
            if (bytes.length - at < count) {
                bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, at + count));
            }
        }

        void number(long value) {
            room(10);
            long rest = (value << 1) ^ (value >> 63);
            while ((rest & ~0x7FL) != 0) {
                bytes[at++] = (byte) (rest | 0x80);
                rest >>>= 7;
            }
            bytes[at++] = (byte) rest;
        }

        void text(String text) {
            byte[] utf8 =
                    (text.length() > MOST_TEXT ? text.substring(0, MOST_TEXT) : text).getBytes(StandardCharsets.UTF_8);
            number(utf8.length);
            room(utf8.length);
            System.arraycopy(utf8, 0, bytes, at, utf8.length);
            at += utf8.length;
        }

        byte[] frame() {
            ByteBuffer.wrap(bytes).putInt(at - HEAD).putInt(checksum(bytes, HEAD, at - HEAD));
            return Arrays.copyOf(bytes, at);
        }
    }

    /** Bytes that are read, never behind their end. */
    private static final class In {
        private final byte[] bytes;
        private final int end;
        private int at;

        In(byte[] bytes, int at, int end) {
            this.bytes = bytes;
            this.at = at;
            this.end = end;
        }

        boolean ended() {
            return at == end;
        }

        private byte next() {
            if (at >= end) {
                throw new IllegalArgumentException("the frame ends within a field");
            }
            return bytes[at++];
        }

        <E> E one(E[] values) {
            int index = next();
            if (index < 0 || index >= values.length) {
                throw new IllegalArgumentException(
                        "a frame of kind " + index + ": expected less than " + values.length);
            }
            return values[index];
        }

        long number() {
            long rest = 0;
            for (int shift = 0; shift < 70; shift += 7) {
                byte b = next();
                rest |= (b & 0x7FL) << shift;
                if (b >= 0) {
                    return (rest >>> 1) ^ -(rest & 1);
                }
            }
            throw new IllegalArgumentException("a number of more than ten bytes");
        }

        String text() {
            long length = number();
            if (length < 0 || length > end - at) {
                throw new IllegalArgumentException("a text of " + length + " bytes, with " + (end - at) + " left");
            }
            String text = new String(bytes, at, (int) length, StandardCharsets.UTF_8);
            at += (int) length;
            return text;
        }
    }
}
