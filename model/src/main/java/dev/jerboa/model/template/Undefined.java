package dev.jerboa.model.template;

/** The value of a name, key or attribute that does not exist: empty when printed, an error when used. */
record Undefined(String reason) {
    static Undefined name(String name) {
        return new Undefined("'" + name + "' is undefined");
    }

    static Undefined attribute(Object owner, String name) {
        return new Undefined("'" + owner + "' has no attribute " + name);
    }

    /** The error of using it. */
    Fault fault() {
        return new Fault(reason);
    }

    /** Every undefined value equals every other. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Undefined;
    }

    @Override
    public int hashCode() {
        return 1;
    }
}
