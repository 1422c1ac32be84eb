package dev.jerboa.server.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;

/** A service's routes; methods that a path does not have are refused with those that it has. One thread. */
public final class Routes {
    private final HttpRules rules;
    private final Map<String, TreeSet<String>> methods = new LinkedHashMap<>();

    public Routes(HttpRules rules) {
        this.rules = rules;
    }

    public Routes get(String path, Handler handler) {
        return add(Method.GET, path, handler);
    }

    public Routes post(String path, Handler handler) {
        return add(Method.POST, path, handler);
    }

    public Routes put(String path, Handler handler) {
        return add(Method.PUT, path, handler);
    }

    public Routes patch(String path, Handler handler) {
        return add(Method.PATCH, path, handler);
    }

    public Routes delete(String path, Handler handler) {
        return add(Method.DELETE, path, handler);
    }

    /** A path by which clients ask whether the server is there. */
    public Routes alive(String path) {
        return head(path, (request, response) -> response.send());
    }

    /** @param handler answers without a body */
    public Routes head(String path, Handler handler) {
        return add(Method.HEAD, path, handler);
    }

    private Routes add(Method method, String path, Handler handler) {
        methods.computeIfAbsent(path, key -> new TreeSet<>()).add(method.text());
        rules.route(method, path, handler);
        return this;
    }

    /** When all routes are there: refuses the other methods of their paths. */
    public void refuseOthers() {
        methods.forEach((path, known) ->
                rules.any(path, (request, response) -> refuse(request, response, String.join(", ", known))));
    }

    private static void refuse(ServerRequest request, ServerResponse response, String known) {
        response.header(HeaderNames.ALLOW, known);
        throw HttpError.of(
                HttpError.Kind.METHOD_NOT_ALLOWED,
                request.path().path() + ": expected " + known + ", found "
                        + request.prologue().method().text());
    }
}
