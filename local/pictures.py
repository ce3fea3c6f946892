"""The pictures of docs/channels, made from our own rendering: `python -m local.pictures` after a change of looks.

It needs Chromium.
"""

from __future__ import annotations

import asyncio
from html import escape
from pathlib import Path

import msgspec

from notbefore.commands.preview import message_of
from notbefore.config.model import Audience
from notbefore.rendering.examples import examples

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "channels" / "pictures"
CHROMIUM = "/usr/bin/chromium"
READER = Audience(name="payments-oncall", channels=(), time_zone="Europe/Amsterdam")
EXAMPLE = "reboot-in-an-hour"


async def main() -> None:
    """Writes them all."""
    from playwright.async_api import async_playwright

    FOLDER.mkdir(exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, (html, width, dark) in pictures().items():
            context = await browser.new_context(
                viewport={"width": width, "height": 100}, color_scheme="dark" if dark else "light"
            )
            page = await context.new_page()
            await page.set_content(html)
            await page.screenshot(path=str(FOLDER / f"{name}.png"), full_page=True)
            await context.close()
        await browser.close()


def pictures() -> dict[str, tuple[str, int, bool]]:
    """Name → what is shown, how wide, and whether it is dark."""
    soon = examples()[EXAMPLE]
    return {
        "email": (message_of(soon, "email", READER).html, 640, False),
        "email-phone-dark": (message_of(soon, "email", READER).html, 390, True),
        "sms": (_telephone(message_of(soon, "sms", READER).text), 390, False),
        "webhook": (_json(message_of(soon, "webhook", READER).body), 640, False),
    }


def _telephone(text: str) -> str:
    return (
        '<body style="margin:0; padding:20px; background:#dfe3e8; font:16px/22px system-ui, sans-serif">'
        '<p style="margin:0 0 6px; color:#59636e; font-size:13px; text-align:center">NotBefore</p>'
        '<p style="margin:0; padding:12px 16px; border-radius:18px; background:#fff; overflow-wrap:anywhere">'
        f"{escape(text)}</p>"
    )


def _json(body: bytes) -> str:
    """The envelope and the first of what it holds."""
    event = msgspec.json.decode(body)
    story = event["data"]["story"]
    kept = ("id", "revision", "kind", "phase", "impact", "severity", "window", "regions", "resources_total")
    event["data"]["story"] = {name: story[name] for name in kept if name in story} | {"…": "…"}
    text = msgspec.json.format(msgspec.json.encode(event), indent=2).decode()
    return (
        '<body style="margin:0; padding:16px 20px; background:#f6f8fa">'
        f'<pre style="margin:0; font:13px/19px monospace; white-space:pre-wrap">{escape(text)}</pre>'
    )


if __name__ == "__main__":
    asyncio.run(main())
