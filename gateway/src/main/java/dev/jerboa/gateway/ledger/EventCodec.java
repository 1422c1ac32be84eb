package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.money.Service;
import dev.jerboa.gateway.money.ToolUses;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.gateway.store.Micros;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

/**
 * Events as frames of a journal: length of the rest (4 bytes), CRC-32C of it (4 bytes), kind (1 byte), then the fields in the order of
 * {@link UsageEvent}: whole numbers in groups of seven bits, lowest first, with the sign folded into the lowest bit; texts as UTF-8 behind
 * their length. Frames of before there were service tiers end with the cause; behind it are service, what has no price, category, and the
 * possible cost of each attempt.
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
        out.text(event.key());
        out.text(event.account());
        out.text(event.app());
        out.text(event.payerCountry());
        out.text(event.dialect());
        out.text(event.requestedModel());
        out.text(event.endpoint());
        out.text(event.model());
        out.text(event.provider());
        out.text(event.priceVersion());
        int attempts = Math.min(MOST_ATTEMPTS, event.attempts().size());
        out.number(attempts);
        for (int i = 0; i < attempts; i++) {
            Attempt attempt = event.attempts().get(i);
            out.text(attempt.endpoint());
            out.number(attempt.status());
            out.text(attempt.outcome());
            out.number(attempt.millis());
            out.number(attempt.billed() ? 1 : 0);
        }
        usage(out, event.usage());
        out.number(event.bytesIn());
        out.number(event.bytesOut());
        out.number(event.firstTokenMicros());
        out.number(event.durationMicros());
        out.number(event.status());
        out.text(event.finish());
        out.number(event.streamed() ? 1 : 0);
        out.number(event.toolCalls());
        out.number(event.costNanos());
        out.number(event.upstreamCostNanos().isPresent() ? 1 : 0);
        out.number(event.upstreamCostNanos().orElse(0));
        out.number(event.quality().ordinal());
        out.text(event.cancelCause());
        Service service = event.service();
        out.text(service.tier());
        out.number(service.tools().webSearch());
        out.number(service.tools().webFetch());
        out.number(service.tools().fileSearch());
        out.text(event.unpriced());
        out.text(event.category());
        for (int i = 0; i < attempts; i++) {
            out.number(event.attempts().get(i).possibleCostNanos());
        }
        return out.frame();
    }

    private static void usage(Out out, Usage usage) {
        out.number(usage.input());
        out.number(usage.cacheRead());
        out.number(usage.cacheWrite());
        out.number(usage.cacheWriteLong());
        out.number(usage.output());
        out.number(usage.reasoning());
    }

    /** The rest of a frame, whose check sum is right; an {@link IllegalArgumentException} where it is none. */
    static Frame decode(byte[] bytes, int offset, int length) {
        In in = new In(bytes, offset, offset + length);
        Kind kind = in.one(Kind.values());
        UsageEvent event = new UsageEvent(
                in.text(),
                Micros.instant(in.number()),
                in.text(),
                in.text(),
                in.text(),
                in.text(),
                in.text(),
                in.text(),
                in.text(),
                in.text(),
                in.text(),
                in.text(),
                in.text(),
                attempts(in),
                new Usage(in.number(), in.number(), in.number(), in.number(), in.number(), in.number()),
                in.number(),
                in.number(),
                in.number(),
                in.number(),
                (int) in.number(),
                in.text(),
                in.number() != 0,
                (int) in.number(),
                in.number(),
                optional(in),
                Quality.values()[(int) Math.clamp(in.number(), 0, Quality.values().length - 1)],
                in.text());
        return new Frame(kind, in.ended() ? event : extended(event, in));
    }

    /** The event with what frames have had since there are service tiers. */
    private static UsageEvent extended(UsageEvent event, In in) {
        Service service = new Service(in.text(), new ToolUses(in.number(), in.number(), in.number()));
        String unpriced = in.text();
        String category = in.text();
        List<Attempt> attempts = new ArrayList<>(event.attempts().size());
        for (Attempt attempt : event.attempts()) {
            attempts.add(attempt.withPossibleCost(in.number()));
        }
        return new UsageEvent(
                event.id(),
                event.at(),
                event.node(),
                event.key(),
                event.account(),
                event.app(),
                event.payerCountry(),
                event.dialect(),
                event.requestedModel(),
                event.endpoint(),
                event.model(),
                event.provider(),
                event.priceVersion(),
                attempts,
                event.usage(),
                event.bytesIn(),
                event.bytesOut(),
                event.firstTokenMicros(),
                event.durationMicros(),
                event.status(),
                event.finish(),
                event.streamed(),
                event.toolCalls(),
                event.costNanos(),
                event.upstreamCostNanos(),
                event.quality(),
                event.cancelCause(),
                service,
                unpriced,
                category);
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
