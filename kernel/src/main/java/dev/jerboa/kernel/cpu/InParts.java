package dev.jerboa.kernel.cpu;

/** A worker whose shares are whole parts of {@code parts} equal ones. */
record InParts(Worker worker, int parts) implements Worker {
    @Override
    public int id() {
        return worker.id();
    }

    @Override
    public int count() {
        return worker.count();
    }

    @Override
    public void barrier() {
        worker.barrier();
    }

    @Override
    public void checkOthers() {
        worker.checkOthers();
    }

    @Override
    public int from(int items, int grain) {
        return partOf(items, grain) * worker.from(parts, 1);
    }

    @Override
    public int to(int items, int grain) {
        return partOf(items, grain) * worker.to(parts, 1);
    }

    private int partOf(int items, int grain) {
        int part = items / parts;
        if (part * parts != items || part % grain != 0) {
            throw new IllegalArgumentException(
                    items + " items do not make " + parts + " equal parts in multiples of " + grain);
        }
        return part;
    }
}
