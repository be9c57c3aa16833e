"""Listens to a page in a browser: to its requests and to its complaints."""

from playwright.sync_api import ConsoleMessage, Page

STATUS = "the server responded with a status of"  # Chromium's console repeats those of 400 and above


class Listener:
    """Notes a page's requests and complaints.

    Attributes:
        page: the page.
        addresses: of all its requests.
        complaints: its errors and its lines in the console, except statuses of responses, which tests check themselves.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.addresses: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.addresses.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        if STATUS not in message.text:
            self.complaints.append(message.text)
