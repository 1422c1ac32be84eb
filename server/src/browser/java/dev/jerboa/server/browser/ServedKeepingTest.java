package dev.jerboa.server.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.FileChooser;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.FilePayload;
import dev.jerboa.server.ServerOptions;
import dev.jerboa.web.Visit;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is kept over reloads and files, keys, and a server that goes away and comes back. */
class ServedKeepingTest extends ServedPage {
    private static void menu(Visit visit, String choice) {
        visit.page.locator(".history-head .icon-button").click();
        visit.page
                .getByRole(
                        AriaRole.MENUITEM,
                        new Page.GetByRoleOptions().setName(choice).setExact(true))
                .click();
    }

    @Test
    void chatsOutliveAReloadAndTravelAsAFile() throws IOException {
        try (Visit visit = visit()) {
            visit.ask("What is 348 + 275?");
            String figures = visit.answer().locator(".figures").textContent();
            visit.page.reload();
            assertThat(prose(visit)).hasText("623");
            assertThat(visit.answer().locator(".figures")).hasText(figures);
            assertThat(visit.answer().locator(".thinking")).hasCount(1);
            byte[] file = Files.readAllBytes(visit.page
                    .waitForDownload(() -> menu(visit, "Export all chats"))
                    .path());
            menu(visit, "Delete all chats");
            visit.button(visit.page.getByRole(AriaRole.DIALOG), "Delete").click();
            Locator rows = visit.page.locator(".chat-row");
            assertThat(rows).hasCount(0);
            FileChooser chooser = visit.page.waitForFileChooser(() -> menu(visit, "Import chats"));
            chooser.setFiles(new FilePayload("chats.json", "application/json", file));
            assertThat(visit.page.locator(".notice")).hasText("Imported: 1 chat.");
            rows.first().locator("a").click();
            assertThat(prose(visit)).hasText("623");
            assertThat(visit.answer().locator(".figures")).hasText(figures);
            visit.ask("What is 12 + 30?");
            assertThat(prose(visit)).hasText("42");
        }
    }

    @Test
    void aServerWithAKeyAsksForIt() {
        String key = "a key of sixteen letters or more";
        try (RealServer locked =
                        RealServer.start(ServerOptions.defaults().withPort(0).withKeys(List.of(key)));
                Visit visit = Visit.locked(browser(), locked.address())) {
            Locator dialog = visit.page.getByRole(AriaRole.DIALOG);
            assertThat(dialog).containsText("The server asks for a key");
            Locator field = dialog.locator("input[type=password]");
            field.fill("not the right one");
            visit.button(dialog, "Use key").click();
            assertThat(dialog).containsText("The server did not take this key");
            field.fill(key);
            visit.button(dialog, "Use key").click();
            assertThat(dialog).hasCount(0);
            assertThat(visit.page.locator(".model-button .lamp.ready")).isVisible();
            visit.ask("What is 12 + 30?");
            assertThat(prose(visit)).hasText("42");
            visit.page.getByText("Server state").click();
            assertThat(visit.page.locator(".live")).isVisible();
        }
    }

    @Test
    void aServerThatGoesAwayIsSaidToBeAndComesBack() {
        RealServer going = RealServer.start();
        int port = going.port();
        try (Visit visit = Visit.begin(browser(), going.address(), 1280, 800, ColorScheme.LIGHT)) {
            answerAtLength(visit);
            visit.begin("What is 348 + 275?");
            assertThat(prose(visit)).containsText("623,");
            going.close();
            assertThat(visit.answer()).hasAttribute("data-state", "failed");
            assertThat(visit.answer().locator(".failure")).isVisible();
            assertThat(prose(visit)).containsText("623,"); // what had come stays
            assertThat(visit.page.locator(".model-button")).containsText("Server not reachable");
            visit.ask("What is 12 + 30?");
            assertThat(visit.answer()).containsText("The server cannot be reached. Is it running?");
            visit.page.getByText("Server state").click();
            assertThat(visit.page.locator(".failure")).containsText("The server does not answer.");
            going = RealServer.start(ServerOptions.defaults().withPort(port));
            assertThat(visit.page.locator(".live")).isVisible();
            visit.page.goBack();
            assertThat(visit.page.locator(".model-button .lamp.ready")).isVisible();
            set(visit, "Longest answer (tokens)", "60");
            visit.button(visit.answer(), "Try again").click();
            visit.settled();
            assertThat(visit.answer()).hasAttribute("data-state", "done");
        } finally {
            going.close();
        }
    }
}
