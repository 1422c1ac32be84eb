package dev.jerboa.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.engine.constrain.Constraint;
import dev.jerboa.engine.constrain.Constraints;
import dev.jerboa.engine.constrain.schema.SchemaOptions;
import dev.jerboa.engine.constrain.vocabulary.Vocabulary;
import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.model.decoder.Decoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Forced text is guessed and saves steps; what comes out is what comes out without guesses. */
class ForcedTextTest {
    private static final RandomModel MODEL = RandomModel.tiny();
    static final String SCHEMA = """
            {"type": "object", "properties": {"identifier": {"type": "integer"}, "description": {"type": "string", "maxLength": 9},
            "nested": {"type": "array", "maxItems": 2, "items": {"type": "object", "properties": {"category": {"enum": ["spring",
            "summer"]}}, "required": ["category"]}}}, "required": ["identifier", "description", "nested"]}""";

    /** A stop token, and a token for each character of ASCII. */
    static Vocabulary vocabulary() {
        List<byte[]> tokens = new ArrayList<>();
        tokens.add(new byte[0]);
        for (int b = ' '; b <= '~'; b++) {
            tokens.add(new byte[] {(byte) b});
        }
        return Vocabulary.of(tokens, Map.of("<stop>", 0), new int[] {0});
    }

    private static List<Completion> run(List<Request> requests, int guessing, long[] figures) {
        try (Team team = Team.ofSize(1);
                Decoder decoder = Alone.load(MODEL, team, 64);
                Scheduler scheduler = Scheduler.open(
                        new DecoderSteps(decoder),
                        null,
                        team,
                        ScheduleOptions.of(64 * 40).withSpeculation(Speculation.OFF, 6, guessing))) {
            List<Completion> found = scheduler.run(requests);
            figures[0] = scheduler.status().steps();
            figures[1] = scheduler.status().guessedTokens();
            figures[2] = scheduler.status().confirmedTokens();
            return found;
        }
    }

    @Test
    void savesStepsAndChangesNothing() {
        Constraint constraint = new Constraints(vocabulary(), 1).jsonSchema(SCHEMA, SchemaOptions.DEFAULT);
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            requests.add(
                    Request.of(new int[] {5, 6, 7 + i}, SamplingOptions.plain().withSeed(i), 120)
                            .withConstraint(constraint)
                            .withStopTokens(Set.of(0)));
        }
        long[] with = new long[3];
        long[] without = new long[3];
        List<Completion> guessed = run(requests, 3, with);
        List<Completion> plain = run(requests, 1, without);
        for (int i = 0; i < requests.size(); i++) {
            assertThat(guessed.get(i).ids()).containsExactly(plain.get(i).ids());
            assertThat(guessed.get(i).ending()).isEqualTo(plain.get(i).ending());
        }
        assertThat(with[1]).isGreaterThan(60);
        assertThat(with[2])
                .isBetween(
                        with[1] - requests.size(),
                        with[1]); // the last token of a text is no guess that anything follows
        assertThat(with[0]).isLessThan(without[0] * 3 / 4);
    }
}
