package dev.jerboa.train.task.wording;

import dev.jerboa.train.task.Wordings;
import java.util.List;
import java.util.function.Function;

/** A piece of a wording, drawn anew each time it is spoken; {@link PatternReader} has the notation. */
sealed interface Piece {
    void speak(StringBuilder out, Telling telling);

    /** What stands there; without a space that an empty piece before it left over. */
    record Text(String text) implements Piece {
        @Override
        public void speak(StringBuilder out, Telling telling) {
            int last = out.length() - 1;
            boolean spaced = last >= 0 && out.charAt(last) == ' ';
            if (spaced && ".?,)؟،".indexOf(text.charAt(0)) >= 0) {
                out.setLength(last);
            }
            out.append(spaced && text.startsWith(" ") ? text.substring(1) : text);
        }
    }

    /** A part of the question. */
    record Part(String name) implements Piece {
        @Override
        public void speak(StringBuilder out, Telling telling) {
            telling.write(out, telling.part(name));
        }
    }

    /** A word by the gender of the part {@code name}. */
    record Gendered(String he, String she) implements Piece {
        @Override
        public void speak(StringBuilder out, Telling telling) {
            out.append(telling.part("name") instanceof Person person && person.she() ? she : he);
        }
    }

    /** A number of things: the noun is the part of this name, or else {@code own}. */
    record Counted(String number, String noun, Noun own) implements Piece {
        @Override
        public void speak(StringBuilder out, Telling telling) {
            Noun counted = telling.parts().get(noun) instanceof Noun part ? part : own;
            if (!(telling.part(number) instanceof Integer value)) {
                throw new IllegalArgumentException("the part {" + number + "} is no number to count " + noun + " by");
            }
            telling.count(out, value, counted);
        }
    }

    /** One piece after another. */
    record Row(List<Piece> pieces) implements Piece {
        @Override
        public void speak(StringBuilder out, Telling telling) {
            for (Piece piece : pieces) {
                piece.speak(out, telling);
            }
        }
    }

    /** One of several. */
    record Choice(List<Piece> choices) implements Piece {
        @Override
        public void speak(StringBuilder out, Telling telling) {
            telling.draws().pick(choices).speak(out, telling);
        }
    }

    /** A piece, or nothing in half of the cases. */
    record Perhaps(Piece piece) implements Piece {
        @Override
        public void speak(StringBuilder out, Telling telling) {
            if (telling.draws().chance(0.5)) {
                piece.speak(out, telling);
            }
        }
    }

    /** A rule of the grammar by its name. */
    record Named(String name, Rules rules) implements Piece {
        @Override
        public void speak(StringBuilder out, Telling telling) {
            rules.named(name).speak(out, telling);
        }
    }

    /** One of several words, some of which belong to new wordings. */
    record Divided(Sides<Piece> choices) implements Piece {
        @Override
        public void speak(StringBuilder out, Telling telling) {
            telling.draws().pick(choices.of(telling.wordings())).speak(out, telling);
        }
    }

    /** Things on the two sides of the line between wordings. */
    record Sides<T>(List<T> trained, List<T> fresh) {
        List<T> of(Wordings wordings) {
            return wordings == Wordings.NEW ? fresh : trained;
        }

        <R> Sides<R> map(Function<T, R> function) {
            return new Sides<>(
                    trained.stream().map(function).toList(),
                    fresh.stream().map(function).toList());
        }
    }
}
