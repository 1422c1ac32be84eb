package dev.jerboa.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.scalar.ScalarOps;
import dev.jerboa.model.decoder.Scratch.Room;
import dev.jerboa.model.decoder.Scratch.Span;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ScratchTest {
    private static final Span[] SPANS = Span.values();

    private static Room room(Span span, String purpose, long bytes) {
        return new Room(span, purpose, bytes, memory -> {});
    }

    @Property(tries = 500)
    void roomsInUseTogetherDoNotOverlap(@ForAll @Size(max = 12) List<@IntRange(min = 0, max = 7000) Integer> numbers) {
        List<Room> rooms = new ArrayList<>();
        long all = 0;
        for (int i = 0; i < numbers.size(); i++) {
            int number = numbers.get(i);
            rooms.add(room(SPANS[number % SPANS.length], "room " + i, number));
            all += (number + 63) / 64 * 64;
        }
        long total = Scratch.place(rooms);
        assertThat(total).isLessThanOrEqualTo(all);
        for (Room a : rooms) {
            assertThat(a.at()).isNotNegative().matches(at -> at % FloatRows.ALIGNMENT == 0);
            assertThat(a.end()).isLessThanOrEqualTo(total);
            for (Room b : rooms) {
                if (a != b && a.meets(b) && a.end() > a.at() && b.end() > b.at()) {
                    assertThat(a.end() <= b.at() || b.end() <= a.at()).isTrue();
                }
            }
        }
    }

    @Test
    void attentionLiesUnderTheFeedForwardPart() {
        long total = Scratch.place(List.of(
                room(Span.STEP, "state", 128),
                room(Span.ATTENTION, "query", 256),
                room(Span.DENSE, "gate", 640),
                room(Span.EXPERTS_RISE, "up", 512),
                room(Span.EXPERTS, "expert gate", 128),
                room(Span.EXPERTS_FALL, "result", 448),
                room(Span.PREDICTION, "last", 64)));
        assertThat(total).isEqualTo(128 + 640);
    }

    @Test
    void roomsOfOnePurposeBelongToDifferentLayers() {
        long total = Scratch.place(List.of(
                room(Span.ATTENTION, "query", 256),
                room(Span.ATTENTION, "query", 320),
                room(Span.ATTENTION, "key", 64)));
        assertThat(total).isEqualTo(320 + 64);
    }

    @Test
    void formsLieOverTheirTables() {
        Scratch scratch = new Scratch(3, 2);
        Scratch.Table gate = scratch.table(Span.DENSE, "gate", 32, 2);
        Scratch.Form middle = scratch.form(gate, List.of());
        Scratch.Form normed = scratch.form(Span.STEP, "normed", 64, List.of());
        try (Arena arena = Arena.ofConfined()) {
            scratch.allocate(new ScalarOps(), arena);
            assertThat(middle.panel().rows()).isEqualTo(gate.rows());
            assertThat(gate.rows().rows()).isEqualTo(6);
            assertThat(normed.panel().rows().rows()).isEqualTo(3);
            assertThat(normed.panel().rows().cols()).isEqualTo(64);
        }
    }
}
