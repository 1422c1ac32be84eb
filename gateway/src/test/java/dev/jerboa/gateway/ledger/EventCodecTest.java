package dev.jerboa.gateway.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class EventCodecTest {
    @Property(tries = 300)
    void everyEventComesBack(@ForAll long seed) {
        UsageEvent event = Events.random(new Random(seed));
        byte[] frame = EventCodec.encode(EventCodec.Kind.RECORD, event);
        ByteBuffer head = ByteBuffer.wrap(frame);
        assertThat(head.getInt()).isEqualTo(frame.length - EventCodec.HEAD);
        assertThat(head.getInt())
                .isEqualTo(EventCodec.checksum(frame, EventCodec.HEAD, frame.length - EventCodec.HEAD));
        assertThat(EventCodec.decode(frame, EventCodec.HEAD, frame.length - EventCodec.HEAD))
                .isEqualTo(new EventCodec.Frame(EventCodec.Kind.RECORD, event));
    }

    @Property(tries = 500)
    void otherBytesAreRefusedAndNothingElse(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] frame = EventCodec.encode(EventCodec.Kind.BEGIN, Events.random(random));
        byte[] body = Arrays.copyOfRange(frame, EventCodec.HEAD, frame.length);
        for (int i = random.nextInt(4); i >= 0; i--) {
            body[random.nextInt(body.length)] = (byte) random.nextInt();
        }
        int length = 1 + random.nextInt(body.length);
        try {
            EventCodec.decode(body, 0, length);
        } catch (IllegalArgumentException | ArithmeticException e) {
            assertThat(e).isNotNull(); // what the reader takes for damage; anything else would end its thread
        }
    }

    @Test
    void shortBytesAreRefused() {
        byte[] frame = EventCodec.encode(EventCodec.Kind.RECORD, Events.event("1"));
        assertThatThrownBy(() -> EventCodec.decode(frame, EventCodec.HEAD, frame.length - EventCodec.HEAD - 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatClientsCanMakeLongIsCut() {
        UsageEvent event = Events.event("1");
        List<Attempt> many =
                new ArrayList<>(Collections.nCopies(1000, new Attempt("e".repeat(10_000), 500, "x", 1, false)));
        UsageEvent large = new UsageEvent(
                event.id(),
                event.at(),
                event.node(),
                new UsageEvent.Payer(event.payer().key(), event.payer().account(), "😀".repeat(100_000), ""),
                new UsageEvent.Asked("chat", "m".repeat(1 << 20), 0, ""),
                UsageEvent.Offer.NONE,
                many,
                event.used(),
                event.cost(),
                event.reply(),
                new UsageEvent.Outcome(500, "error", "", ""));
        byte[] frame = EventCodec.encode(EventCodec.Kind.RECORD, large);
        assertThat(frame.length).isLessThan(EventCodec.MOST);
        UsageEvent back = EventCodec.decode(frame, EventCodec.HEAD, frame.length - EventCodec.HEAD)
                .event();
        assertThat(back.attempts()).hasSize(64);
        assertThat(back.asked().model()).hasSize(512);
    }
}
