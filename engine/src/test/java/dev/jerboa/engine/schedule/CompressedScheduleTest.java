package dev.jerboa.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.model.decoder.Decoder;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Entries that stand for several positions, some longer than a page, through all that happens to pages: shared beginnings, copies of
 * parts, guesses that are taken back, sequences that are computed again.
 */
class CompressedScheduleTest {
    private static final RandomModel MODEL = RandomModel.compressed();
    private static final Alone ALONE = new Alone(MODEL);

    @AfterAll
    static void close() {
        ALONE.close();
    }

    @ParameterizedTest(name = "steps of {0}, {1} pages, {2} workers")
    @CsvSource({"64, 100, 1", "7, 14, 2", "3, 8, 1"})
    void aRequestIsGivenTheSameAmongOthers(int step, int pages, int workers) {
        List<Request> requests = ALONE.requests(new Random(step), 30);
        ScheduleOptions options = ScheduleOptions.of(64 * pages)
                .withMaxSequences(step)
                .withPromptTokens(step)
                .withSpeculation(Speculation.PROMPT_LOOKUP, 3, 8);
        try (Team team = Team.ofSize(workers);
                Decoder decoder = Alone.load(MODEL, team, step);
                Scheduler scheduler = Scheduler.open(decoder, team, options)) {
            List<Completion> completions = scheduler.run(requests);
            for (int i = 0; i < requests.size(); i++) {
                Completion expected = ALONE.of(requests.get(i));
                assertThat(completions.get(i).ids()).containsExactly(expected.ids());
            }
            assertThat(scheduler.status().sharedTokens()).isPositive();
            assertThat(scheduler.status().freeTokens()).isEqualTo(64 * pages);
        }
    }
}
