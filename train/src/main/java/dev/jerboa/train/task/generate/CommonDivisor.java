package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;
import dev.jerboa.train.task.Example;
import dev.jerboa.train.task.Task;
import dev.jerboa.train.task.Wordings;
import dev.jerboa.train.task.wording.Phrases;
import dev.jerboa.train.task.wording.Speaker;
import java.util.Map;

/**
 * The greatest common divisor of two numbers up to 99. The smaller is taken apart into primes; each is tried on what is left of the
 * larger, and those that divide it are multiplied: {@code 18=2*9,48=2*24,1*2=2;9=3*3,24=3*8,2*3=6;3=3*1,8=3*2+2;6}. A step needs no
 * more than the one before it.
 */
record CommonDivisor(String name) implements Task {
    private static final Phrases PHRASES = Phrases.of("gcd");

    @Override
    public Example example(Draws draws, Wordings wordings) {
        int common = draws.between(1, 15);
        int a = common * draws.between(1, 99 / common);
        int b = common * draws.between(1, 99 / common);
        int high = Math.max(a, b);
        int low = Math.min(a, b);
        StringBuilder thinking = new StringBuilder();
        int divisor = work(thinking, high, low);
        Speaker speaker = Speaker.of(draws, wordings);
        String question = speaker.ask(PHRASES, Map.of("a", a, "b", b));
        return speaker.example(name, low + " " + high, question, thinking, divisor);
    }

    private static int work(StringBuilder out, int high, int low) {
        int product = 1;
        int left = high;
        int prime = 2;
        for (int rest = low; rest > 1; ) {
            while (rest % prime != 0) {
                prime++;
            }
            out.append(rest).append('=').append(prime).append('*').append(rest / prime);
            rest /= prime;
            out.append(',').append(left).append('=').append(prime).append('*').append(left / prime);
            if (left % prime == 0) {
                left /= prime;
                out.append(',').append(product).append('*').append(prime);
                product *= prime;
                out.append('=').append(product);
            } else {
                out.append('+').append(left % prime);
            }
            out.append(';');
        }
        out.append(product);
        return product;
    }
}
