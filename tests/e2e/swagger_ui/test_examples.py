"""The contract's named examples in Swagger UI are sent as they are shown."""

import json
import re

import pytest
from playwright.sync_api import Browser, expect

from tests.support.server import Server
from tests.support.swagger_ui import CHROMIUM, open_docs
from tests.support.tools import needs

pytestmark = needs(CHROMIUM, "Chromium: apt-get install chromium")

EXAMPLES = {"All defaults": {}, "Only the sure ones": {"score_th": 0.8}}
EXAMPLES |= {"Why is my object missing?": {"score_th": 0.05, "explain": True}}


def check_examples(browser: Browser, server: Server, operation: str) -> None:
    """Chooses each named example and presses Execute once: what is shown is sent, and is answered."""
    for name, options in EXAMPLES.items():
        ui = open_docs(browser, server)
        block = ui.open("detection", operation)
        block.locator(".examples-select select").first.select_option(label=name)
        expect(block.locator(".body-param__text")).to_have_value(re.compile('"score_th"' if options else '"image"'))
        shown = json.loads(block.locator(".body-param__text").input_value())
        with ui.page.expect_request(lambda request: request.method == "POST") as asked:
            block.locator("button.execute").click()
        assert asked.value.post_data_json == shown
        one = shown if operation == "predict" else (shown["requests"][0].get("features") or [{}])[0]
        assert {key: value for key, value in one.items() if key != "image"} == options
        answer = asked.value.response()
        assert answer
        assert answer.status == 200
        found = answer.json() if operation == "predict" else answer.json()["responses"][0]
        assert ("explain" in found) == ("explain" in options)
        ui.page.close()


@pytest.mark.parametrize("operation", ["predict", "detectBatch"])
def test_named_examples_send_what_they_show(browser: Browser, server: Server, operation: str) -> None:
    """Each named example is sent as it is shown, with the first press of Execute."""
    check_examples(browser, server, operation)


def test_named_examples_with_other_models(browser: Browser, other: Server) -> None:
    """Named examples suit any models."""
    check_examples(browser, other, "predict")
