package dev.jerboa.train.rl;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.engine.schedule.Completion;
import dev.jerboa.engine.schedule.Ending;
import dev.jerboa.engine.schedule.Request;
import dev.jerboa.engine.schedule.ScheduleOptions;
import dev.jerboa.engine.schedule.Scheduler;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.token.Tokenizer;
import dev.jerboa.train.task.Problem;
import dev.jerboa.train.task.Turns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Replies of a decoder to problems, many at a time. A reply depends on its problem, its sampling and the decoder alone.
 *
 * <p>Decoder and team belong to the caller, who uses them for nothing else meanwhile. For one thread.
 */
public final class Rollouts {
    private final Decoder decoder;
    private final Team team;
    private final Tokenizer tokenizer;
    private final int sequences;
    private final int maxTokens;
    private final Set<Integer> stops;

    /** A problem to be answered once. */
    public record Draw(Problem problem, SamplingOptions sampling) {}

    /**
     * What a model wrote.
     *
     * @param prompt the tokens before it
     * @param ids its tokens, with the end of turn where there is one
     * @param logProbabilities of its tokens at temperature 1
     * @param text the tokens as text, with the marks of {@link Turns}
     * @param ended whether it came to an end of turn
     */
    public record Reply(int[] prompt, int[] ids, double[] logProbabilities, String text, boolean ended) {}

    /**
     * @param tokenizer one that has the marks of {@link Turns} as single tokens
     * @param sequences how many replies are written at a time
     * @param maxTokens the most tokens of a reply
     * @throws ModelException where the tokenizer lacks a mark
     */
    public Rollouts(Decoder decoder, Team team, Tokenizer tokenizer, int sequences, int maxTokens) {
        for (String mark : List.of(Turns.END, Turns.USER, Turns.ASSISTANT, Turns.THINK, Turns.THOUGHT)) {
            if (tokenizer.id(mark) < 0) {
                throw new ModelException("the tokenizer has no token " + mark
                        + "; problems are asked of models that were trained on them, by `jerboa train` with data.kind:"
                        + " problems");
            }
        }
        this.decoder = decoder;
        this.team = team;
        this.tokenizer = tokenizer;
        this.sequences = sequences;
        this.maxTokens = maxTokens;
        this.stops = Arrays.stream(tokenizer.stops()).boxed().collect(Collectors.toSet());
        stops.add(tokenizer.id(Turns.END));
    }

    /** The replies, in order. Draws of one problem that follow each other share the work on its prompt. */
    public List<Reply> of(List<Draw> draws) {
        if (draws.isEmpty()) {
            return List.of();
        }
        List<Request> requests = draws.stream().map(this::request).toList();
        int longest = requests.stream()
                .mapToInt(request -> request.prompt().length + request.maxTokens())
                .max()
                .orElseThrow();
        int pages = Math.ceilDiv(longest, KvCache.PAGE_TOKENS);
        int together = Math.min(sequences, draws.size());
        ScheduleOptions options = ScheduleOptions.of(Math.multiplyExact(together * pages, KvCache.PAGE_TOKENS))
                .withMaxSequences(together)
                .withPromptTokens(Integer.MAX_VALUE);
        List<Completion> completions;
        try (Scheduler scheduler = Scheduler.open(decoder, team, options)) {
            completions = scheduler.run(requests);
        }
        List<Reply> replies = new ArrayList<>(draws.size());
        for (int i = 0; i < draws.size(); i++) {
            Completion completion = completions.get(i);
            replies.add(new Reply(
                    requests.get(i).prompt(),
                    completion.ids(),
                    completion.logProbabilities(),
                    tokenizer.decode(completion.ids(), true),
                    completion.ending() == Ending.STOP));
        }
        return replies;
    }

    private Request request(Draw draw) {
        int[] prompt = tokenizer.encode(draw.problem().prompt(), true);
        int room = decoder.spec().contextLength() - prompt.length;
        if (room < 1) {
            throw new ModelException(
                    "a prompt of " + prompt.length + " tokens leaves no room in the model's context of "
                            + decoder.spec().contextLength());
        }
        return Request.of(prompt, draw.sampling(), Math.min(maxTokens, room))
                .withStopTokens(stops)
                .withLogProbabilities(true);
    }
}
