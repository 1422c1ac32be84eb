package dev.jerboa.engine.chat.call;

/** What a character means to a reader of text. */
enum Verdict {
    /** It belongs to what is being read, which goes on. */
    MORE,
    /** It is the last of what is being read. */
    DONE,
    /** What was being read ended before it. */
    BEFORE,
    /** It cannot be there. */
    FAIL
}
