package dev.jerboa.bench.soak;

/**
 * A request.
 *
 * @param name for messages
 * @param body JSON; empty of requests without a body
 */
record Question(String name, String method, String path, String body) {
    static Question post(String name, String path, String body) {
        return new Question(name, "POST", path, body);
    }

    static Question get(String path) {
        return new Question("GET " + path, "GET", path, "");
    }
}
