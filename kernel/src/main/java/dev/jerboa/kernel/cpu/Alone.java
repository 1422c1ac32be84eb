package dev.jerboa.kernel.cpu;

/** The only worker of a job that is not shared. */
enum Alone implements Worker {
    ALONE;

    @Override
    public int id() {
        return 0;
    }

    @Override
    public int count() {
        return 1;
    }

    @Override
    public void barrier() {}

    @Override
    public void checkOthers() {}
}
