package dev.jerboa.engine.generate;

import dev.jerboa.engine.chat.ChatPrompt;
import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.engine.schedule.ScheduleOptions;
import dev.jerboa.engine.schedule.Scheduler;
import dev.jerboa.engine.schedule.StepModel;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.model.decoder.KvShape;
import dev.jerboa.model.token.TokenStream;
import dev.jerboa.model.token.Tokenizer;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * A model without weights: what it says is a function of the text before it, which it reads from the cache's pages, so that a
 * wrong page or a wrongly kept prefix changes its words. A token is an ASCII character; three special ones follow.
 */
final class ScriptedModel implements StepModel {
    static final int BOS = 128;
    static final int EOS = 129;
    static final int THINK = 130;
    static final int UNTHINK = 131;
    static final int SIZE = 132;

    /** The template of {@link #open}: [role]content … [assistant]. */
    static final String TEMPLATE = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}[assistant]";

    private final int maxStepTokens;
    private final UnaryOperator<String> script;
    private final FloatRows logits;
    private final List<int[]> added = new ArrayList<>();
    private final List<int[]> addedPages = new ArrayList<>();

    /** The number of tokens of each step that ran. */
    final List<Integer> steps = new ArrayList<>();

    /** Runs in every step, with its number. */
    Consumer<Integer> duringStep = step -> {};

    boolean closed;

    /** @param script the whole text so far → the next character as a text; empty for the end token */
    ScriptedModel(int maxStepTokens, UnaryOperator<String> script) {
        this.maxStepTokens = maxStepTokens;
        this.script = script;
        this.logits = FloatRows.allocate(Arena.ofAuto(), maxStepTokens, SIZE);
    }

    /** Says {@code answers.apply(text before the last "[assistant]" or "|")}, then ends. */
    static ScriptedModel answering(int maxStepTokens, UnaryOperator<String> answers) {
        return new ScriptedModel(maxStepTokens, text -> {
            int chat = text.lastIndexOf("[assistant]");
            int mark = chat < 0 ? text.lastIndexOf('|') + 1 : chat + "[assistant]".length();
            String answer = answers.apply(text.substring(0, mark));
            String said = text.substring(mark);
            return answer.length() > said.length() && answer.startsWith(said)
                    ? answer.substring(said.length(), said.length() + 1)
                    : "";
        });
    }

    LanguageModel open(int contextLength, int cacheTokens, String template) {
        Tokenizer tokenizer = new Characters();
        Team team = Team.ofSize(1);
        return new LanguageModel(
                new LanguageModel.ModelFacts(
                        "scripted",
                        0,
                        0,
                        contextLength,
                        Optional.of(tokenizer),
                        template.isEmpty()
                                ? Optional.empty()
                                : Optional.of(new ChatPrompt(template, "test", tokenizer)),
                        SamplingOptions.greedy(),
                        List.of(EOS),
                        0,
                        true,
                        Duration.ZERO),
                Scheduler.open(this, team, ScheduleOptions.of(cacheTokens)),
                Optional::empty,
                () -> {
                    team.close();
                    closed = true;
                });
    }

    @Override
    public int vocabularySize() {
        return SIZE;
    }

    @Override
    public int maxStepTokens() {
        return maxStepTokens;
    }

    @Override
    public List<KvShape> cacheShape() {
        return List.of(new KvShape(1, 0));
    }

    @Override
    public void clear() {
        added.clear();
        addedPages.clear();
    }

    @Override
    public void adaptation(int number) {}

    @Override
    public void add(int token, int position, int[] pages, boolean wantLogits) {
        added.add(new int[] {token, position, wantLogits ? 1 : 0});
        addedPages.add(pages);
    }

    @Override
    public FloatRows run(List<KvLayer> cache) {
        if (closed) {
            throw new AssertionError("a step after close");
        }
        duringStep.accept(steps.size());
        steps.add(added.size());
        KvLayer layer = cache.getFirst();
        int row = 0;
        for (int i = 0; i < added.size(); i++) {
            int[] token = added.get(i);
            int[] pages = addedPages.get(i);
            layer.keys().setAtIndex(FloatRows.FLOAT, layer.slot(pages, token[1]), token[0]);
            if (token[2] == 1) {
                StringBuilder text = new StringBuilder();
                for (int p = 0; p <= token[1]; p++) {
                    text.append(text((int) layer.keys().getAtIndex(FloatRows.FLOAT, layer.slot(pages, p))));
                }
                predict(row++, script.apply(text.toString()));
            }
        }
        return logits;
    }

    @Override
    public FloatRows runStates(List<KvLayer> cache) {
        throw new UnsupportedOperationException("a scripted model has no states");
    }

    private void predict(int row, String next) {
        for (int i = 0; i < SIZE; i++) {
            logits.set(row, i, 0);
        }
        int id = next.isEmpty()
                ? EOS
                : next.charAt(0) == '\u0001' ? THINK : next.charAt(0) == '\u0002' ? UNTHINK : next.charAt(0);
        logits.set(row, id, next.equals("\u0003") ? Float.NaN : 10);
    }

    private static String text(int id) {
        return switch (id) {
            case BOS, EOS -> "";
            case THINK -> "\u0001";
            case UNTHINK -> "\u0002";
            default -> String.valueOf((char) id);
        };
    }

    /** ASCII characters as tokens. */
    static final class Characters implements Tokenizer {
        @Override
        public int size() {
            return SIZE;
        }

        @Override
        public int[] encode(String text, boolean special) {
            return text.chars().toArray();
        }

        @Override
        public int[] prefix() {
            return new int[] {BOS};
        }

        @Override
        public int[] suffix() {
            return new int[0];
        }

        @Override
        public int id(String token) {
            return token.charAt(0);
        }

        @Override
        public String token(int id) {
            return switch (id) {
                case BOS -> "<s>";
                case EOS -> "</s>";
                case THINK -> "<think>";
                case UNTHINK -> "</think>";
                default -> String.valueOf((char) id);
            };
        }

        @Override
        public boolean isSpecial(int id) {
            return id >= BOS;
        }

        @Override
        public int bos() {
            return BOS;
        }

        @Override
        public int eos() {
            return EOS;
        }

        @Override
        public int eot() {
            return EOS;
        }

        @Override
        public int[] stops() {
            return new int[] {EOS};
        }

        @Override
        public String decode(int[] ids, boolean special) {
            StringBuilder text = new StringBuilder();
            for (int id : ids) {
                text.append(special || !isSpecial(id) ? token(id) : "");
            }
            return text.toString();
        }

        @Override
        public TokenStream stream(boolean special) {
            return new TokenStream() {
                @Override
                public String next(int id) {
                    return decode(new int[] {id}, special);
                }

                @Override
                public String finish() {
                    return "";
                }
            };
        }

        @Override
        public TokenStream continuation(boolean special) {
            return stream(special);
        }
    }
}
