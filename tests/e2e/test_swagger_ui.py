"""A newcomer's first clicks in Swagger UI work."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
import yaml
from playwright.sync_api import Browser, expect

from tests.support.server import ROOT, Server, Start
from tests.support.swagger_ui import CHROMIUM, SwaggerUI, chromium

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")

PHOTO = ROOT / "models" / "example.jpg"
CONTRACT = yaml.safe_load((ROOT / "openapi.yml").read_text("utf-8"))
OPERATIONS = [
    (operation["tags"][0], operation["operationId"])
    for path in CONTRACT["paths"].values()
    for operation in path.values()
    if "operationId" in operation
]
COMPATIBILITY = {operation for tag, operation in OPERATIONS if tag == "compatibility"}
# A name, since Swagger UI does less on a local address: it would have other sites validate the contract.
HOST = "specsight.example"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for all tests, in which HOST is this machine."""
    with chromium(f"{HOST} 127.0.0.1") as browser:
        yield browser


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service with all operations of the contract."""
    server = Server(tmp_path_factory.mktemp("complete") / "log", DETECTOR_COMPATIBILITY="1").wait_until_ready()
    yield server
    server.stop()


def open_docs(browser: Browser, server: Server) -> SwaggerUI:
    """Swagger UI of a server."""
    return SwaggerUI(browser, server.url.replace("127.0.0.1", HOST))


@pytest.fixture(scope="module", params=["another", "several"])
def other(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service with a model other than the bundled one, or with several public ones."""
    folder: Path = tmp_path_factory.mktemp("models")
    if request.param == "another":
        for kind in ("tflite", "yml"):
            shutil.copy(ROOT / "models" / f"safetycone.{kind}", folder / f"road.{kind}")
        (folder / "road.txt").write_text("pylon", "utf-8")
    else:
        assets: Path = request.getfixturevalue("assets")
        for model, labels in (("ssd_mobilenet_v1_coco", "coco_90_with_placeholder"), ("yolov8n_int8_224", "coco_80")):
            shutil.copy(assets / "models" / f"{model}.tflite", folder)
            shutil.copy(assets / "labels" / f"{labels}.txt", folder / f"{model}.txt")
    server = Server(folder / "log", DETECTOR_MODELS=str(folder), DETECTOR_COMPATIBILITY="1").wait_until_ready()
    yield server
    server.stop()


def check_execute(browser: Browser, server: Server, tag: str, operation: str) -> None:
    """Presses Execute with the prefilled values, and with a file if one is required."""
    ui = open_docs(browser, server)
    status = ui.execute(ui.open(tag, operation), PHOTO)
    assert 200 <= status < 300
    assert not ui.complaints
    assert {address.split("/")[2].split(":")[0] for address in ui.addresses} == {HOST}
    ui.page.close()


@pytest.mark.parametrize(("tag", "operation"), OPERATIONS)
def test_execute(browser: Browser, complete: Server, tag: str, operation: str) -> None:
    """Execute succeeds with the prefilled values, and contacts no other host."""
    check_execute(browser, complete, tag, operation)


@pytest.mark.parametrize(("tag", "operation"), OPERATIONS)
def test_execute_with_other_models(browser: Browser, other: Server, tag: str, operation: str) -> None:
    """Execute succeeds with any models."""
    check_execute(browser, other, tag, operation)


def test_is_version_5(browser: Browser, server: Server) -> None:
    """The page has its own title, a current Swagger UI, and no bar to explore other contracts."""
    ui = open_docs(browser, server)
    expect(ui.page).to_have_title("specsight · try the API")
    ui.page.locator("#operations-detection-predict").wait_for()
    assert ui.page.evaluate("versions.swaggerUI.version").startswith("5.")
    assert ui.page.get_by_text("Explore").count() == 0
    ui.page.close()


def test_asks_for_a_file(browser: Browser, server: Server) -> None:
    """Execute without a file names the missing file and sends nothing; the example photo is a click away."""
    for operation in ("predictUpload", "predictImage", "annotate"):
        ui = open_docs(browser, server)
        block = ui.open("detection", operation)
        block.locator("button.execute").click()
        expect(block.get_by_role("alert")).to_contain_text("Choose a file first.")
        assert block.locator(".live-responses-table").count() == 0
        block.get_by_role("button", name="Use the example photo").click()
        expect(block.get_by_role("alert")).to_have_count(0)
        with ui.page.expect_response(lambda answer: answer.request.method == "POST") as answered:
            block.locator("button.execute").click()
        assert answered.value.status == 200
        assert not ui.complaints
        ui.page.close()


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


@pytest.fixture(scope="module")
def without_version_5(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service in whose environment flask-swagger-ui is not installed."""
    folder = tmp_path_factory.mktemp("bare")
    (folder / "sitecustomize.py").write_text("import sys\nsys.modules['flask_swagger_ui'] = None\n", "utf-8")
    server = Server(folder / "log", PYTHONPATH=str(folder)).wait_until_ready()
    yield server
    server.stop()


def test_falls_back_to_version_4(browser: Browser, without_version_5: Server) -> None:
    """Without flask-swagger-ui, Swagger UI is the version that connexion brings along, and Execute succeeds."""
    for tag, operation in (("detection", "predict"), ("detection", "predictUpload"), ("models", "listModels")):
        ui = open_docs(browser, without_version_5)
        block = ui.open(tag, operation)
        assert ui.page.evaluate("versions.swaggerUi.version").startswith("4.")
        assert ui.execute(block, PHOTO) == 200
        assert not ui.complaints
        ui.page.close()


@pytest.mark.parametrize("operation", ["predict", "predictUpload", "predictImage", "detectBatch"])
def test_fits_a_phone(browser: Browser, server: Server, operation: str) -> None:
    """On a phone the page is as wide as the screen, and Execute succeeds."""
    ui = open_docs(browser, server)
    ui.page.set_viewport_size({"width": 390, "height": 844})
    assert ui.execute(ui.open("detection", operation), PHOTO) == 200
    assert ui.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not ui.complaints
    ui.page.close()


def test_token_outlives_a_reload(browser: Browser, start: Start) -> None:
    """A token still counts after a reload."""
    ui = open_docs(browser, start(DETECTOR_TOKENS="open-sesame").wait_until_ready())
    ui.authorize("open-sesame")
    ui.page.reload()
    assert ui.execute(ui.open("models", "listModels"), PHOTO) == 200
    ui.page.close()


def test_schemas_show_types(browser: Browser, server: Server) -> None:
    """The schema of a response shows the types of a detection's numbers without a further click."""
    ui = open_docs(browser, server)
    block = ui.open("detection", "predict")
    block.locator(".responses-table").last.get_by_role("tab", name="Schema").first.click()
    expect(block.locator(".responses-table .model").first).to_contain_text(
        re.compile(r"score\*.*?number\(\$double\)", re.DOTALL)
    )
    ui.page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["docs/", "docs/reference"])
def test_follows_the_system(browser: Browser, server: Server, path: str, scheme: Literal["light", "dark"]) -> None:
    """Pages are dark or light as the system is, and fit on a phone."""
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{server.url.replace('127.0.0.1', HOST)}/{path}")
    expect(page.locator("#operations-detection-predict, #reference h2").first).to_be_visible()
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    red = int(re.findall(r"\d+", ground)[0])
    assert (red < 128) == (scheme == "dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not complaints
    page.close()


def test_reference_shows_every_operation(browser: Browser, server: Server) -> None:
    """The reviewers' page is linked to and has each operation, without a request to another host."""
    ui = open_docs(browser, server)
    ui.page.get_by_role("link", name="Reference").click()
    for _, operation in OPERATIONS:
        served = operation not in COMPATIBILITY
        expect(ui.page.locator(f"[id='operation/{operation}']")).to_have_count(1 if served else 0)
    assert {address.split("/")[2].split(":")[0] for address in ui.addresses if not address.startswith("blob:")} == {
        HOST
    }
    assert not ui.complaints
    ui.page.close()


def test_shows_no_operation_that_is_off(browser: Browser, server: Server) -> None:
    """Operations that are switched off are not in the page."""
    ui = open_docs(browser, server)
    ui.page.locator("#operations-detection-predict").wait_for()
    assert ui.page.locator("#operations-tag-models").count() == 1
    assert ui.page.locator("#operations-tag-compatibility").count() == 0
    ui.page.close()


def test_predict_finds_cones(browser: Browser, server: Server) -> None:
    """The first Execute of `predict` shows a cone."""
    ui = open_docs(browser, server)
    block = ui.open("detection", "predict")
    assert ui.execute(block, PHOTO) == 200
    assert '"name": "safetycone"' in ui.shown_body(block)
    ui.page.close()


def test_annotate_shows_the_photo(browser: Browser, server: Server) -> None:
    """Execute of `annotate` shows the annotated photo in the page, in its own size."""
    ui = open_docs(browser, server)
    block = ui.open("detection", "annotate")
    assert ui.execute(block, PHOTO) == 200
    assert ui.shown_photo(block) == (480, 320)
    ui.page.close()


def test_shows_problems(browser: Browser, server: Server) -> None:
    """A mistake is answered with a sentence that says what to do, shown in place of the response."""
    ui = open_docs(browser, server)
    block = ui.open("detection", "annotate")
    assert ui.execute(block, ROOT / "README.md") == 422
    assert "These bytes are not a readable photo: send a whole JPEG" in ui.shown_body(block)
    block = ui.open("detection", "predict")
    block.locator("textarea").fill('{"image": "aaaa", "score_th": 2}')
    assert ui.execute(block, PHOTO) == 400
    assert "#/score_th must be at most 1" in ui.shown_body(block)
    assert not ui.complaints
    ui.page.close()


def test_authorize(browser: Browser, start: Start) -> None:
    """The dialog Authorize turns a 401 into a 200."""
    ui = open_docs(browser, start(DETECTOR_TOKENS="open-sesame").wait_until_ready())
    block = ui.open("models", "listModels")
    assert ui.execute(block, PHOTO) == 401
    assert "Send a valid token in the header X-Api-Token." in ui.shown_body(block)
    ui.authorize("open-sesame")
    assert ui.execute(block, PHOTO) == 200
    block = ui.open("detection", "annotate")
    assert ui.execute(block, PHOTO) == 200
    assert ui.shown_photo(block) == (480, 320)
    ui.page.close()


def test_lists_and_zones(browser: Browser, server: Server) -> None:
    """Items of lists are typed one by one; a zone that is added is filled in, and is sent as JSON."""
    ui = open_docs(browser, server)
    for operation, rows in (("predictUpload", "data-property-name"), ("predictImage", "data-param-name")):
        block = ui.open("detection", operation)
        for name, text in (("types", "safetycone"), ("thresholds", "safetycone:0.83")):
            row = block.locator(f"tr[{rows}={name}]")
            row.get_by_role("button", name="Add string item").click()
            row.locator("input").first.fill(text)
        if operation == "predictUpload":
            block.locator(f"tr[{rows}=zones]").get_by_role("button", name="Add").click()
        assert ui.execute(block, PHOTO) == 200
        shown = ui.shown_body(block)
        [found] = json.loads(shown[shown.index("{") :])["normalizedVertices"]
        assert ("zones" in found) == (operation == "predictUpload")
    assert not ui.complaints
    ui.page.close()
