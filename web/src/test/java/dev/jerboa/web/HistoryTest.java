package dev.jerboa.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.FileChooser;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.FilePayload;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Chats that are kept: over a reload, found, renamed, deleted, taken out and brought in. */
class HistoryTest extends BrowserTest {
    private static Locator rows(Visit visit) {
        return visit.page.locator(".chat-row");
    }

    private static void choose(Visit visit, Locator menuButton, String choice) {
        menuButton.click();
        visit.page
                .getByRole(
                        AriaRole.MENUITEM,
                        new com.microsoft.playwright.Page.GetByRoleOptions()
                                .setName(choice)
                                .setExact(true))
                .click();
    }

    private static Locator more(Visit visit) {
        return visit.page.locator(".history-head .icon-button");
    }

    private static void bringIn(Visit visit, String name, String json) {
        FileChooser chooser = visit.page.waitForFileChooser(() -> choose(visit, more(visit), "Import chats"));
        chooser.setFiles(new FilePayload(name, "application/json", json.getBytes(StandardCharsets.UTF_8)));
    }

    private static String file(String chats) {
        return "{\"format\":\"jerboa-chats\",\"version\":1,\"exported\":\"2026-11-01T00:00:00Z\",\"chats\":[" + chats
                + "]}";
    }

    private static String chat(String title, int time, String messages) {
        return "{\"title\":\"%s\",\"created\":%d,\"updated\":%d,\"lanes\":[{\"model\":null,\"settings\":{},\"leaf\":null}],\"messages\":[%s]}"
                .formatted(title, time, time, messages);
    }

    @Test
    void aReloadLosesNothing() {
        try (Visit visit = visit()) {
            visit.ask("say one");
            visit.ask("Show me some Java code");
            String address = visit.page.url();
            assertThat(address).contains("#/chat/");
            String figures = visit.answer().locator(".figures").textContent();
            visit.page.reload();
            assertThat(visit.page.locator(".message")).hasCount(4);
            assertThat(visit.answer().locator(".figures")).hasText(figures);
            assertThat(visit.answer().locator(".tok-keyword").first()).isVisible();
            assertThat(rows(visit)).hasCount(1);
            // Closed while an answer streams: what had come is there, and can be continued.
            mock().set("{\"pace\": 60}");
            visit.begin("a long one");
            assertThat(visit.answer().locator(".prose")).containsText("Paragraph 1");
            visit.page.waitForTimeout(2600);
            visit.page.reload();
            assertThat(visit.answer()).hasAttribute("data-state", "stopped");
            assertThat(visit.answer().locator(".prose")).containsText("Paragraph 1");
        }
    }

    @Test
    void anAnswerGoesOnWhileOneIsElsewhere() {
        mock().set("{\"pace\": 20}");
        try (Visit visit = visit()) {
            visit.begin("Why does hopping pay?");
            visit.page
                    .getByRole(
                            AriaRole.BUTTON,
                            new com.microsoft.playwright.Page.GetByRoleOptions()
                                    .setName("New chat")
                                    .setExact(true))
                    .click();
            assertThat(visit.page.locator(".welcome")).isVisible();
            mock().set("{\"pace\": 1}");
            rows(visit).first().locator("a").click();
            assertThat(visit.answer()).hasAttribute("data-state", "done");
            assertThat(visit.answer()).containsText("for measurements.");
        }
    }

    @Test
    void chatsAreFoundRenamedAndDeleted() {
        try (Visit visit = visit()) {
            visit.ask("say an apple");
            visit.page.keyboard().press("Control+Shift+O");
            assertThat(visit.page.locator(".welcome")).isVisible();
            visit.ask("say مُحَمَّد");
            assertThat(rows(visit)).hasCount(2);
            visit.page.getByLabel("Search chats").fill("محمد");
            assertThat(rows(visit)).hasCount(1);
            visit.page.getByLabel("Search chats").fill("nothing such");
            assertThat(visit.page.locator(".history")).containsText("No chat holds these words.");
            visit.page.getByLabel("Search chats").fill("");
            assertThat(rows(visit)).hasCount(2);
            choose(visit, rows(visit).nth(1).locator(".icon-button"), "Rename");
            visit.page.getByLabel("Title").fill("Fruit");
            visit.page.keyboard().press("Enter");
            assertThat(visit.page.locator(".chat-row a").filter(new Locator.FilterOptions().setHasText("Fruit")))
                    .hasCount(1);
            choose(
                    visit,
                    rows(visit)
                            .filter(new Locator.FilterOptions().setHasText("Fruit"))
                            .locator(".icon-button"),
                    "Delete");
            visit.button(visit.page.getByRole(AriaRole.DIALOG), "Delete").click();
            assertThat(rows(visit)).hasCount(1);
            visit.page.reload();
            assertThat(rows(visit)).hasCount(1);
        }
    }

    @Test
    void whatIsTakenOutCanBeBroughtIn() throws IOException {
        try (Visit visit = visit()) {
            visit.ask("say one");
            visit.page.locator("#composer").press("ArrowUp");
            visit.page.locator(".editing textarea").fill("say two");
            visit.page.locator(".editing textarea").press("Enter");
            visit.settled();
            assertThat(visit.answer().locator(".prose")).hasText("two");
            String json = Files.readString(visit.page
                    .waitForDownload(() -> choose(visit, more(visit), "Export all chats"))
                    .path());
            assertThat(json)
                    .startsWith("{\"format\":\"jerboa-chats\",\"version\":1")
                    .contains("\"say one\"");
            choose(visit, more(visit), "Delete all chats");
            visit.button(visit.page.getByRole(AriaRole.DIALOG), "Delete").click();
            assertThat(rows(visit)).hasCount(0);
            assertThat(visit.page.locator(".welcome")).isVisible();
            bringIn(visit, "chats.json", json);
            assertThat(visit.page.locator(".notice")).hasText("Imported: 1 chat.");
            rows(visit).first().locator("a").click();
            assertThat(visit.answer().locator(".prose")).hasText("two");
            visit.button(visit.question(), "Previous branch").click();
            assertThat(visit.answer().locator(".prose")).hasText("one");
            var one = visit.page.waitForDownload(
                    () -> choose(visit, rows(visit).first().locator(".icon-button"), "Export"));
            assertThat(one.suggestedFilename()).startsWith("jerboa-say-one-");
        }
    }

    @Test
    void aFileThatIsNotAsItShouldBeIsRefusedInWords() {
        try (Visit visit = visit()) {
            bringIn(visit, "x.json", "[1]");
            assertThat(visit.page.locator(".notice")).containsText("This file was not imported");
            bringIn(
                    visit,
                    "x.json",
                    file(chat(
                            "x", 1, "{\"id\":\"a\",\"parent\":\"b\",\"role\":\"user\",\"text\":\"\",\"created\":1}")));
            assertThat(visit.page.locator(".notice")).containsText("chats[0].messages[0].parent");
            assertThat(rows(visit)).hasCount(0);
        }
    }

    @Test
    void aLongHistoryAndALongChatAreWindowed() {
        String messages = IntStream.range(0, 400)
                .mapToObj(i ->
                        "{\"id\":\"m%d\",\"parent\":%s,\"role\":\"%s\",\"text\":\"message number %d\",\"created\":%d}"
                                .formatted(
                                        i,
                                        i == 0 ? "null" : "\"m" + (i - 1) + "\"",
                                        i % 2 == 0 ? "user" : "assistant",
                                        i,
                                        i))
                .collect(Collectors.joining(","));
        String chats = IntStream.range(0, 1500)
                .mapToObj(i -> chat("Chat " + i, 1000 + i, ""))
                .collect(Collectors.joining(","));
        try (Visit visit = visit()) {
            bringIn(visit, "many.json", file(chats + "," + chat("Long", 1_000_000, messages)));
            assertThat(visit.page.locator(".notice")).hasText("Imported: 1,501 chats.");
            assertThat(rows(visit).first()).hasText("Long");
            assertThat(rows(visit).count()).isLessThan(60);
            visit.page.locator(".history").evaluate("e => e.scrollTop = e.scrollHeight");
            assertThat(visit.page.locator(".chat-row a").filter(new Locator.FilterOptions().setHasText("Chat 0")))
                    .isVisible();
            assertThat(rows(visit).count()).isLessThan(60);
            visit.page.locator(".history").evaluate("e => e.scrollTop = 0");
            rows(visit).first().locator("a").click();
            assertThat(visit.answer()).containsText("message number 399");
            assertThat(visit.page.locator(".message").count()).isLessThanOrEqualTo(60);
            assertThat((Boolean) visit.page
                            .locator(".lane-scroll")
                            .evaluate("b => b.scrollHeight - b.scrollTop - b.clientHeight < 40"))
                    .as("it is shown from its end")
                    .isTrue();
            visit.page.locator(".lane-scroll").evaluate("b => b.scrollTop = 0");
            assertThat(visit.page
                            .locator(".message")
                            .filter(new Locator.FilterOptions().setHasText("message number 345")))
                    .hasCount(1);
        }
    }
}
