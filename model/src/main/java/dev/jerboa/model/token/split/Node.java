package dev.jerboa.model.token.split;

import dev.jerboa.model.ModelException;

/**
 * A step of a compiled pattern. Matching is leftmost-first with backtracking, as in Perl, but a repeated class is one loop:
 * the depth of the recursion is the length of the pattern, whatever the text.
 */
sealed interface Node {
    /** The end of the match that starts at {@code at}, or −1. */
    int match(Cursor cursor, int at);

    /** Whether a match can start with this ASCII character. */
    boolean mayStart(int ascii);

    /** The fewest characters of a match. */
    int shortest();

    /** What is searched, and how much work is left for it. One thread. */
    final class Cursor {
        private final String pattern;
        final byte[] text;
        final int end;
        private long steps;

        Cursor(String pattern, byte[] text, int from, int end) {
            this.pattern = pattern;
            this.text = text;
            this.end = end;
            this.steps = (1L << 22) + 256L * (end - from);
        }

        void spend(int work) {
            steps -= work;
            if (steps < 0) {
                throw new ModelException(
                        "pre-tokenizer pattern " + pattern
                                + " takes too many steps on this text: the pattern backtracks; use a tokenizer with another one");
            }
        }
    }

    /** The end of a match. */
    record Accept() implements Node {
        @Override
        public int match(Cursor cursor, int at) {
            return at;
        }

        @Override
        public boolean mayStart(int ascii) {
            return true;
        }

        @Override
        public int shortest() {
            return 0;
        }
    }

    /** Between {@code least} and {@code most} characters of a set, as many as possible; possessive ones are never given back. */
    record Run(CharSet set, int least, int most, boolean possessive, Node next) implements Node {
        @Override
        public int match(Cursor cursor, int at) {
            byte[] text = cursor.text;
            int end = cursor.end;
            int p = at;
            int n = 0;
            while (n < most && p < end) {
                int b = text[p];
                if (b >= 0) {
                    if (!set.hasAscii(b)) {
                        break;
                    }
                    p++;
                } else {
                    if (!set.hasWide(Utf8.codePoint(text, p))) {
                        break;
                    }
                    p += Utf8.length((byte) b);
                }
                n++;
            }
            if (n < least) {
                return -1;
            }
            if (next instanceof Accept) {
                return p;
            }
            cursor.spend(n);
            while (true) {
                int result = next.match(cursor, p);
                if (result >= 0 || possessive || n == least) {
                    return result;
                }
                n--;
                p = Utf8.before(text, p);
                cursor.spend(1);
            }
        }

        @Override
        public boolean mayStart(int ascii) {
            return set.hasAscii(ascii) || (least == 0 && next.mayStart(ascii));
        }

        @Override
        public int shortest() {
            return least + next.shortest();
        }
    }

    /** The first alternative that leads to a match; each one goes on to what follows the choice. */
    final class Choice implements Node {
        private final Node[] alternatives;

        Choice(Node[] alternatives) {
            this.alternatives = alternatives;
        }

        @Override
        public int match(Cursor cursor, int at) {
            for (Node alternative : alternatives) {
                int result = alternative.match(cursor, at);
                if (result >= 0) {
                    return result;
                }
            }
            return -1;
        }

        @Override
        public boolean mayStart(int ascii) {
            for (Node alternative : alternatives) {
                if (alternative.mayStart(ascii)) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public int shortest() {
            int shortest = Integer.MAX_VALUE;
            for (Node alternative : alternatives) {
                shortest = Math.min(shortest, alternative.shortest());
            }
            return shortest;
        }
    }

    /**
     * A group as often as possible, as the last step of a pattern: nothing follows that could want a repetition back, so the
     * repetitions are a loop.
     */
    record Repeat(Node body, boolean once) implements Node {
        @Override
        public int match(Cursor cursor, int at) {
            int end = -1;
            int next = body.match(cursor, at);
            while (next >= 0) {
                end = next;
                next = body.match(cursor, end);
            }
            return end < 0 && !once ? at : end;
        }

        @Override
        public boolean mayStart(int ascii) {
            return !once || body.mayStart(ascii);
        }

        @Override
        public int shortest() {
            return once ? body.shortest() : 0;
        }
    }

    /** Looks ahead without taking anything. */
    record Ahead(boolean negative, Node body, Node next) implements Node {
        @Override
        public int match(Cursor cursor, int at) {
            return body.match(cursor, at) >= 0 == negative ? -1 : next.match(cursor, at);
        }

        @Override
        public boolean mayStart(int ascii) {
            return next.mayStart(ascii);
        }

        @Override
        public int shortest() {
            return next.shortest();
        }
    }

    /** The end of the text or of a line ({@code $} as Oniguruma's Ruby syntax, which Hugging Face tokenizers use, reads it). */
    record End(Node next) implements Node {
        @Override
        public int match(Cursor cursor, int at) {
            return at == cursor.end || cursor.text[at] == '\n' ? next.match(cursor, at) : -1;
        }

        @Override
        public boolean mayStart(int ascii) {
            return next.mayStart(ascii);
        }

        @Override
        public int shortest() {
            return next.shortest();
        }
    }
}
