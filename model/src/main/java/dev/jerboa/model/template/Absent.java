package dev.jerboa.model.template;

/** Stands where there is no value, not even Python's None: an argument not given, a key not found, the end of items. */
enum Absent {
    ABSENT
}
