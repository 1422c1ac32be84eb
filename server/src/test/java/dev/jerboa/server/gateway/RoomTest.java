package dev.jerboa.server.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.server.http.HttpError;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RoomTest {
    @Test
    void takesSoManyRequestsAtOnce() {
        Room room = new Room(2, 1000);
        try (Room.Place first = room.enter()) {
            try (Room.Place second = room.enter()) {
                assertThatThrownBy(room::enter)
                        .isInstanceOfSatisfying(
                                HttpError.class, e -> assertThat(e.kind()).isEqualTo(HttpError.Kind.OVERLOADED))
                        .hasMessageContaining("2 requests are under way");
                assertThat(room.requests()).isEqualTo(2);
            }
            room.enter().close();
        }
        assertThat(room.requests()).isZero();
    }

    @Test
    void takesSoManyBytesAtOnceButOneLongBodyAlways() {
        Room room = new Room(10, 1000);
        try (Room.Place longOne = room.enter()) {
            longOne.take(5000);
            try (Room.Place other = room.enter()) {
                assertThatThrownBy(() -> other.take(1)).isInstanceOf(HttpError.class);
            }
        }
        try (Room.Place first = room.enter();
                Room.Place second = room.enter()) {
            first.take(600);
            second.take(400);
            assertThatThrownBy(() -> first.take(1)).isInstanceOf(HttpError.class);
        }
        try (Room.Place last = room.enter()) {
            last.take(1000);
        }
    }

    @Test
    void aSmallHeapHoldsAThousandIdleStreams() {
        Room room = Room.of(0, 256L << 20);
        List<Room.Place> places = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            Room.Place place = room.enter();
            place.take(1000);
            places.add(place);
        }
        places.forEach(Room.Place::close);
        assertThat(room.requests()).isZero();
    }
}
