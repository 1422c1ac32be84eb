package dev.jerboa.engine.eval.task;

/** Makes items of lines. */
public interface ItemReader {
    /** @throws dev.jerboa.engine.eval.EvalException where the line does not fit; the message has its number */
    Item item(Fields fields);
}
