package dev.jerboa.server.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import dev.jerboa.web.Visit;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/** One server for all tests of a class, and one browser for all classes, which ends with this process. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ServedPage {
    /** A form that takes an answer to the end of the context: an answer that is still being written when it is looked at. */
    private static final String LONG = "{\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"minItems\":900}";

    private static @Nullable Browser browser;

    private @Nullable RealServer server;

    @BeforeAll
    void open() {
        String missing = !Visit.isPossible()
                ? "no Chromium (-Dchromium=PATH says where one is)"
                : dev.jerboa.server.page.Page.isThere() ? "" : "the page is not built (npm is needed)";
        if (!missing.isEmpty()) {
            System.out.println("skipped: " + getClass().getSimpleName() + ": " + missing);
        }
        Assumptions.assumeTrue(missing.isEmpty(), missing);
        PlaywrightAssertions.setDefaultAssertionTimeout(30_000); // machines that test may be busy
        if (browser == null) {
            browser = Visit.launch(Visit.playwright());
        }
        server = RealServer.start();
    }

    @AfterAll
    void close() {
        if (server != null) {
            server.close();
        }
    }

    static Browser browser() {
        return Objects.requireNonNull(browser, "the browser is not open");
    }

    final RealServer server() {
        return Objects.requireNonNull(server, "the server is not started");
    }

    final Visit visit() {
        return Visit.begin(browser(), server().address(), 1280, 800, ColorScheme.LIGHT);
    }

    static void openSettings(Locator lane) {
        lane.getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Settings"))
                .click();
    }

    /** Sets fields of the settings by their labels: label, value, label, value. */
    static void set(Visit visit, String... fields) {
        openSettings(visit.page.locator("main"));
        for (int i = 0; i < fields.length; i += 2) {
            Locator field = visit.page.getByLabel(fields[i], new Page.GetByLabelOptions().setExact(true));
            field.fill(fields[i + 1]);
            field.blur();
        }
        done(visit);
    }

    /** From now on answers fill the context. */
    static void answerAtLength(Visit visit) {
        answerAtLength(visit, visit.page.locator("main"));
    }

    static void answerAtLength(Visit visit, Locator lane) {
        openSettings(lane);
        visit.page.getByLabel("Form of the answer").selectOption("schema");
        visit.page.getByLabel("JSON schema").fill(LONG);
        done(visit);
    }

    private static void done(Visit visit) {
        Locator dialog = visit.page.getByRole(AriaRole.DIALOG);
        visit.button(dialog, "Done").click();
        assertThat(dialog).hasCount(0);
    }

    static void choose(Visit visit, String model) {
        visit.page.keyboard().press("Control+k");
        visit.page
                .getByRole(AriaRole.COMBOBOX, new Page.GetByRoleOptions().setName("Find a model"))
                .fill(model);
        visit.page.keyboard().press("Enter");
        assertThat(visit.page.locator(".model-name").first()).hasText(model);
    }

    static Locator prose(Visit visit) {
        return visit.answer().locator("> .prose");
    }

    /** Waits until something holds of the server. */
    static void await(String what, BooleanSupplier holds) {
        long end = System.nanoTime() + 30_000_000_000L;
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("after 30 s it was not so that " + what);
            }
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
