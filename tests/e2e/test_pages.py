"""The board in a browser: nothing runs over the edge, nothing foreign runs at all, buttons do what they say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import board_site
import pytest
from board_site import KEY, Site, house, served
from board_stories import furnish
from memory_house import START, a_machine, an_event

from notbefore import signed
from notbefore.pipeline.holds import current_holds
from notbefore.schema import DeliveryState

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

CHROMIUM = next(
    (path for path in (Path("/usr/bin/chromium"), Path("/usr/bin/chromium-browser")) if path.exists()), None
)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no /usr/bin/chromium: apt-get install chromium")

PAGES = ("/", "/stories", "/deliveries", "/quarantine", "/coverage", "/silences", "/audit", "/audiences/platform-team")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """The system's browser; nothing is downloaded."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield running
        await running.close()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A furnished house with its doors open on this machine."""
    there = house()
    await furnish(there)
    async with served(there) as open_site:
        yield open_site


async def page_of(browser: Browser, width: int = 1280, scheme: str = "light") -> tuple[Page, list[str]]:
    """A fresh page in Amsterdam, and what went wrong on it so far."""
    context = await browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        timezone_id="Europe/Amsterdam",
    )
    page, problems = await context.new_page(), list[str]()
    page.on("console", lambda message: problems.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("dialog", lambda dialog: problems.append(dialog.message))
    return page, problems


async def addresses(site: Site) -> list[str]:
    """Every page, each story's among them."""
    stories = [row async for row in _stories(site)]
    return [*(site.url + path for path in PAGES), *(f"{site.url}/stories/{name}" for name in stories)]


async def _stories(site: Site) -> AsyncIterator[str]:
    async for partition in site.house.outside.stories.partitions():
        async for row in site.house.outside.stories.scan(partition, "s|", "s|~"):
            yield row.key.removeprefix("s|")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")])
async def test_every_page_fits_and_is_silent(browser: Browser, site: Site, width: int, scheme: str) -> None:
    """On a desk and on a phone, by day and by night: no sideways scrolling, no error, nothing foreign runs."""
    page, problems = await page_of(browser, width, scheme)
    for address in await addresses(site):
        said = await page.goto(address)
        assert said
        assert said.status == 200
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        assert await page.evaluate("window.pwned") is None
        assert await page.locator("h1").count() == 1
    assert problems == []


CONTRAST = """() => {
  const part = v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; };
  const numbers = text => {
    const found = text.match(/[\\d.]+/g).map(Number);
    return text.startsWith("color(") ? found.map((v, i) => i < 3 ? v * 255 : v) : found;
  };
  const light = c => .2126 * part(c[0]) + .7152 * part(c[1]) + .0722 * part(c[2]);
  const behind = element => {
    for (; element; element = element.parentElement) {
      const colour = numbers(getComputedStyle(element).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const weak = new Set();
  for (const element of document.querySelectorAll("main *, header *, footer *")) {
    const speaks = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!speaks || !element.getClientRects().length) continue;
    const a = light(numbers(getComputedStyle(element).color)), b = light(behind(element));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) weak.add(element.tagName + "." + element.className + " " + ratio.toFixed(2));
  }
  return [...weak];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_all_text_can_be_read(browser: Browser, site: Site, scheme: str) -> None:
    """Every text has a contrast of 4.5 : 1 with what is behind it (WCAG 2.2, AA)."""
    page, _ = await page_of(browser, 1280, scheme)
    for address in await addresses(site):
        await page.goto(address)
        assert await page.evaluate(CONTRAST) == [], address


async def test_times_are_shown_in_utc_and_in_the_viewers_zone(browser: Browser, site: Site) -> None:
    """Amsterdam sees 12:12 UTC and 13:12 CET; a window says both ends in both."""
    page, _ = await page_of(browser)
    await page.goto(site.url)
    text = (await page.locator("main").inner_text()).replace("\u00a0", " ")
    assert "Tue 24 Nov 12:12 UTC · 13:12 CET" in text
    assert "16:10–20:00 UTC · 17:10–21:00 CET" in text


async def test_a_page_needs_no_script(browser: Browser, site: Site) -> None:
    """Without JavaScript everything is there, in UTC."""
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(site.url)
    assert "12:12\u00a0UTC" in await page.locator("main").inner_text()


async def test_a_person_takes_a_story_on(browser: Browser, site: Site) -> None:
    """One press at the story's page, and the page says who has it."""
    page, problems = await page_of(browser)
    await page.goto(f"{site.url}/stories")
    await page.get_by_role("link", name="Reboot of payments-api-03").click()
    await page.get_by_role("button", name="I have it").click()
    assert await page.locator(".hero").get_by_text("acknowledged by local run").count() == 1
    assert problems == []


async def test_a_link_in_a_mail_opens_a_page_with_a_button(browser: Browser, site: Site) -> None:
    """The link shows the story; only the button takes it on, for the audience that the link was sent to."""
    story = (await site.house.stories())[0]
    token = signed.sign(signed.Pass("acknowledge", story.id, "payments-oncall", START.replace(year=2027)), KEY)
    page, _ = await page_of(browser, 390)
    await page.goto(f"{site.url}/stories/{story.id}/acknowledge?token={token}")
    assert (await site.house.stories())[0].acknowledged_at is None
    await page.get_by_role("button", name="I have it").click()
    assert await page.get_by_text("acknowledged by payments-oncall, by link").count() == 1


async def test_a_dead_delivery_is_sent_again(browser: Browser, site: Site) -> None:
    """The button beside a dead delivery makes it wait again."""
    page, _ = await page_of(browser)
    await page.goto(f"{site.url}/deliveries?state=dead")
    await page.get_by_role("button", name="Send again").first.click()
    assert len(await site.house.ledger(lambda one: one.state is DeliveryState.DEAD)) == 1
    await site.house.runs()
    assert len(site.house.webhook.got) == 9


async def test_a_silence_is_seen_before_it_is_ordered(browser: Browser, site: Site) -> None:
    """The form leads to what it would have held; the second button keeps it; it can be lifted."""
    page, problems = await page_of(browser)
    await page.goto(f"{site.url}/silences")
    await page.get_by_label("Subscription").fill("payments-prod")
    await page.get_by_label("Reason").fill("rebuild <b>now</b>")
    await page.get_by_role("button", name="See what it would hold").click()
    assert "4 stories" in await page.locator("h1").inner_text()
    assert (await current_holds(site.house.outside))[0] == ()
    await page.get_by_role("button", name="Be silent").click()
    assert "rebuild <b>now</b>" in await page.locator("tbody").inner_text()
    await page.get_by_role("button", name="Lift").click()
    assert "lifted" in await page.locator("tbody").inner_text()
    assert problems == []


@pytest.mark.parametrize("width", [1280, 390])
async def test_a_long_title_leaves_room_for_the_rest(browser: Browser, site: Site, width: int) -> None:
    """In a list three lines of it, on its own page six above the time and the button; all of it is one click away."""
    title = "Planned maintenance of virtual machine hosts in West Europe " * 20 + "x" * 300 + " and no more."
    await site.house.hears(an_event(title=title, keys={"event_id": "long"}, resources=(a_machine("vm-long"),)))
    page, problems = await page_of(browser, width)
    await page.goto(f"{site.url}/stories?text=vm-long")
    link = page.locator(".rows a")
    box = await link.bounding_box()
    assert box
    assert box["height"] < 90
    assert await link.get_attribute("title") == title
    await link.click()
    box = await page.locator("h1").bounding_box()
    assert box
    assert box["height"] < 260
    whole = page.locator(".hero details").get_by_text("and no more.")
    details = page.locator(".hero details")
    assert await details.get_attribute("open") is None
    await page.get_by_text("The whole title").click()
    assert await details.get_attribute("open") is not None
    assert await whole.is_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert problems == []


async def test_the_keyboard_reaches_the_content_first(browser: Browser, site: Site) -> None:
    """The first stop of the Tab key leads past the navigation."""
    page, _ = await page_of(browser)
    await page.goto(site.url)
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.textContent") == "To the content"


async def test_an_empty_house_shows_how_to_begin(browser: Browser) -> None:
    """A first visitor sees the command to send a first signal, with this house's address."""
    there = board_site.house()
    async with served(there) as empty:
        page, problems = await page_of(browser, 390)
        await page.goto(empty.url)
        assert f"curl -X POST {empty.url}/signals" in await page.locator("pre").inner_text()
        assert problems == []
