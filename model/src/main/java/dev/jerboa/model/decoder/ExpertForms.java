package dev.jerboa.model.decoder;

import dev.jerboa.kernel.dtype.DType;

/** The types and sizes of an expert's three projections: experts of equal ones take the same memory in the same way. */
record ExpertForms(DType gate, DType up, DType down, int width, int hidden) {
    static ExpertForms of(ExpertMatrix gate, ExpertMatrix up, ExpertMatrix down, int width, int hidden) {
        return new ExpertForms(gate.type(), up.type(), down.type(), width, hidden);
    }

    /** Bytes of an expert in the file. */
    long storedBytes() {
        long weights = (long) width * hidden;
        return gate.bytes(weights) + up.bytes(weights) + down.bytes(weights);
    }
}
