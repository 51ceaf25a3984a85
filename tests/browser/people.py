"""People at their pages: who signs in, and the few moves that every story is made of."""

from __future__ import annotations

import re
from uuid import UUID

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, expect

from tests.small_city import SmallCity
from xueji.pure.kernel.types import Role

PASSWORD = "Browser-2008"
#: A page that takes longer than this is broken; the machine may be busy with other tests.
PATIENCE = 30_000


class Person:
    """One holder of a post with a browser of their own; every address asked for is remembered."""

    def __init__(self, url: str, page: Page) -> None:
        self.url, self.page = url, page
        self.asked: list[str] = []
        self.faults: list[str] = []
        page.on("request", self._remember)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._listen)
        page.set_default_timeout(PATIENCE)

    def _listen(self, said: ConsoleMessage) -> None:
        if "Content Security Policy" in said.text:
            self.faults.append(said.text)

    def _remember(self, request: Request) -> None:
        self.asked.append(request.url)

    def log_in(self, login: str, password: str = PASSWORD) -> None:
        self.page.goto(f"{self.url}/login/")
        self.page.get_by_label("登录名").fill(login)
        self.page.get_by_label("密码（或激活码）").fill(password)
        self.page.get_by_role("button", name="登录").click()

    def go(self, place: str) -> None:
        self.page.goto(f"{self.url}{place}")
        self.fits()

    def follow(self, link: Locator) -> None:
        """To the page behind a link: clicking alone goes on while the new page is still on its way."""
        with self.page.expect_event("load"):
            link.click()
        self.fits()

    def fits(self) -> None:
        """No page scrolls sideways."""
        wide = self.page.locator("html").evaluate("html => html.scrollWidth - html.clientWidth")
        assert wide <= 0, f"{self.page.url} is {wide} px too wide"

    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    def expect_heading(self, text: str) -> None:
        expect(self.page.locator("h1")).to_contain_text(text, timeout=PATIENCE)

    def open_matter(self, text: str) -> None:
        """The first matter of that kind that waits for this post."""
        self.go("/changes/")
        self.follow(self.page.locator("tr[data-row] a", has_text=text).first)

    def act(self, button: str, reason: str = "") -> None:
        """A button of the page, then its dialog with the same button."""
        self.page.get_by_role("button", name=re.compile(f"^{re.escape(button)}")).first.click()
        dialog = self.page.locator("dialog[open]")
        if reason:
            if dialog.locator("select[name=reason_code]").count():
                dialog.locator("select[name=reason_code]").select_option(index=1)
            dialog.locator("textarea").fill(reason)
        dialog.locator("[data-main]").click()
        self.page.wait_for_load_state()

    def said(self, text: str) -> None:
        """The page says it in a note."""
        expect(self.page.locator(".note", has_text=text).first).to_be_visible(timeout=PATIENCE)


class People:
    """The people of the small city; each is signed in when first called."""

    def __init__(self, url: str, city: SmallCity, browser: Browser) -> None:
        self.url, self.city, self.browser = url, city, browser
        self._logins: dict[UUID, str] = {}
        self._contexts: list[BrowserContext] = []
        self._persons: dict[tuple[str, Role], Person] = {}

    def give_passwords(self) -> None:
        from xueji.ground.accounts.context import acting_system
        from xueji.ground.accounts.models import Account
        from xueji.ground.accounts.services import activate_many

        with acting_system():
            self._logins = dict(Account.objects.values_list("id", "login"))
            activate_many(passwords=[(account, PASSWORD) for account in self._logins])

    def login_of(self, code: str, role: Role) -> str:
        return self._logins[self.city.actor(code, role).person]

    def fresh(self, width: int = 1366, height: int = 768) -> Person:
        """A new browser at somebody's desk."""
        context = self.browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
        self._contexts.append(context)
        return Person(self.url, context.new_page())

    def at(self, code: str, role: Role) -> Person:
        """The holder of a post, signed in in that post."""
        if (code, role) not in self._persons:
            person = self.fresh()
            person.log_in(self.login_of(code, role))
            if "/post/" in person.page.url:
                name = self._name(code)
                person.page.get_by_role("button", name=re.compile(name)).click()
            self._persons[code, role] = person
        return self._persons[code, role]

    def _name(self, code: str) -> str:
        from xueji.ground.organisations.selectors import by_code

        return by_code(code).name

    def everyone(self) -> list[Person]:
        return list(self._persons.values())

    def leave(self) -> None:
        for context in self._contexts:
            context.close()
