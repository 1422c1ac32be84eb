package dev.jerboa.train.task;

/**
 * A question with an answer that can be checked.
 *
 * @param task the name of the task it is of
 * @param key the problem itself, in one canonical writing: the same for every wording, language, order of commuting operands;
 *     begins with the task's name
 * @param language the question's language
 * @param question what is asked, in one line
 * @param answer a right answer, as short as it can be, in the digits of the question
 * @param check decides on answers
 */
public record Problem(String task, String key, Language language, String question, String answer, Check check) {
    public Problem {
        if (!key.startsWith(task)) {
            throw new IllegalArgumentException("the key " + key + " does not begin with the task's name, " + task);
        }
    }

    /** The prompt as the chat template writes it, up to where the reply begins. */
    public String prompt() {
        return Turns.USER + question + Turns.ASSISTANT;
    }
}
