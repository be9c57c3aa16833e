"""web/tokens/, over HTTP."""

import hashlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app import create_app
from settings import Settings
from tests.support.server import PATIENCE, Start, wait_for
from web.tokens import TokenError, Tokens
from web.tokens import file as token_file

NAMES = ("DETECTOR_TOKENS", "DETECTOR_TOKENS_FILE")
HASHED = hashlib.sha256(b"kept-as-a-hash").hexdigest()


def status(client: httpx.Client, token: str) -> int:
    """The status of a request with a token."""
    return client.get("/models", headers={b"X-Api-Token": token.encode()}).status_code


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> httpx.Client:
    """A service that accepts tokens from a variable and from a file."""
    file: Path = tmp_path_factory.mktemp("secrets") / "tokens"
    file.write_text(f"from-a-file\n\n# comment\n  alice : with:colons # \nhashed:sha256:{HASHED}\n", "utf-8")
    settings = Settings(tokens="first, zwölf, bob:named", tokens_file=str(file), validate_responses=True)
    return create_app(settings).test_client()


@pytest.mark.parametrize("token", ["first", "from-a-file", "zwölf", "named", "with:colons #", "kept-as-a-hash"])
def test_accepts(guarded: httpx.Client, token: str) -> None:
    """Every token of the variable and of the file is accepted, without its name."""
    assert status(guarded, token) == 200


@pytest.mark.parametrize(
    "token",
    [
        None,
        "",
        "firs",
        "first, zwölf",
        "First",
        "\xff",
        "bob",
        "bob:named",
        "# comment",
        "#",
        HASHED,
        f"sha256:{HASHED}",
    ],
    ids=repr,
)
def test_keeps_out(guarded: httpx.Client, token: str | None) -> None:
    """A missing or wrong token is a 401 that names the header and how to authenticate."""
    headers = {} if token is None else {b"X-Api-Token": token.encode("latin-1")}
    response = guarded.get("/models", headers=headers)
    assert response.status_code == 401
    assert "X-Api-Token" in response.json()["detail"]
    assert "X-Api-Token" in response.headers["WWW-Authenticate"]


def test_asks_before_it_reads(guarded: httpx.Client) -> None:
    """A caller without a token gets a 401, even with a body that would be refused."""
    assert guarded.post("/predict", content=b"{", headers={"Content-Type": "application/json"}).status_code == 401


def test_docs_and_contract_are_open(guarded: httpx.Client) -> None:
    """Documentation and contract need no token: they say what a token is for."""
    assert guarded.get("/docs/").status_code == 200
    assert guarded.get("/openapi.yml").status_code == 200


def test_warns_when_open(caplog: pytest.LogCaptureFixture) -> None:
    """A service without tokens is open, and logs that it is."""
    with caplog.at_level(logging.WARNING):
        client = create_app(Settings()).test_client()
    assert client.get("/models").status_code == 200
    assert "DETECTOR_TOKENS" in caplog.text


class TestStart:
    """Unusable tokens stop the start: they must not open the service."""

    @pytest.mark.parametrize(
        ("tokens", "sentence"),
        [
            (",", "has no token"),
            (" , ", "has no token"),
            ("alice:", "name without a token"),
            (":secret", "colon but no name"),
            (f"first,sha256:{hashlib.sha256().hexdigest()}", "hash of nothing"),
            (f"alice:sha256:{hashlib.sha256(bytes([10])).hexdigest()}", "hash of nothing"),
            ("s€cret:secret", "colon but no name"),
            ("first,second\udcff", "not UTF-8"),
        ],
    )
    def test_variable(self, tokens: str, sentence: str) -> None:
        """Unusable tokens in the variable stop the start."""
        with pytest.raises(TokenError, match=f"^DETECTOR_TOKENS .*{sentence}") as refused:
            Tokens.read(tokens, "", NAMES)
        assert "secret" not in str(refused.value)

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"", "without a token"),
            (b"\n# only a comment\n", "without a token"),
            (b"t\xf6ken\n", "cannot be read as text"),
            (b"alice:\n", "name without a token"),
            (bytes(1_000_001), "other than a file of tokens"),
        ],
    )
    def test_file(self, tmp_path: Path, content: bytes, sentence: str) -> None:
        """Unusable tokens in the file stop the start."""
        (tmp_path / "tokens").write_bytes(content)
        with pytest.raises(TokenError, match=f"^DETECTOR_TOKENS_FILE .*{sentence}"):
            Tokens.read("first", str(tmp_path / "tokens"), NAMES)

    @pytest.mark.parametrize("kind", ["missing", "folder", "pipe"])
    def test_no_file(self, tmp_path: Path, kind: str) -> None:
        """A setting that names something other than a file stops the start; a pipe does not block it."""
        path = tmp_path / kind
        if kind == "folder":
            path.mkdir()
        elif kind == "pipe":
            os.mkfifo(path)
        with pytest.raises(TokenError, match=r"^DETECTOR_TOKENS_FILE names "):
            Tokens.read("", str(path), NAMES)


def put(file: Path, content: str) -> None:
    """Writes a file and dates it back, as one that is not being written."""
    file.write_text(content, "utf-8")
    os.utime(file, (0, 0))


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, Path]]:
    """A client of a service that accepts a token, and those in a file that it checks with every request."""
    file = tmp_path_factory.mktemp("tokens") / "tokens"
    file.write_text("old\n", "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(token_file, "CHECK_SECONDS", 0)
        with create_app(Settings(tokens="fixed", tokens_file=str(file))).test_client() as client:
            yield client, file


class TestChanges:
    """The file changes while the service runs."""

    @pytest.fixture
    def file(self, service: tuple[httpx.Client, Path]) -> Path:
        """The file, with one token."""
        client, file = service
        put(file, "old\n")
        assert status(client, "old") == 200
        return file

    @pytest.fixture
    def client(self, service: tuple[httpx.Client, Path]) -> httpx.Client:
        """The client."""
        return service[0]

    def test_are_followed(self, client: httpx.Client, file: Path, caplog: pytest.LogCaptureFixture) -> None:
        """A token removed from the file is no longer accepted; one added to it is."""
        with caplog.at_level(logging.INFO):
            put(file, "new\n")  # as many bytes as before, perhaps in the same moment
            assert [status(client, token) for token in ("old", "new", "fixed")] == [401, 200, 200]
        assert [line for line in caplog.messages if "DETECTOR_TOKENS_FILE" in line] == [
            "DETECTOR_TOKENS_FILE has changed. Tokens in it that are accepted now: 1."
        ]

    @pytest.mark.parametrize("content", ["", "# alice:old\n"])
    def test_may_take_the_last_token_out(
        self, client: httpx.Client, file: Path, content: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Once a file has had no token for a second, none of it is accepted; the service does not open, and says so."""
        put(file, content)
        for _ in range(3):
            assert [status(client, token) for token in ("old", "fixed", "", "#")] == [401, 200, 401, 401]
        [line] = [line for line in caplog.messages if "DETECTOR_TOKENS_FILE" in line]
        assert "no longer accepted" in line
        put(file, "old\n")
        assert status(client, "old") == 200

    def test_that_are_being_written_change_nothing(self, client: httpx.Client, file: Path) -> None:
        """A file that has just been emptied may be about to be written: its tokens stay accepted for a moment."""
        file.write_bytes(b"")
        assert [status(client, token) for token in ("old", "fixed", "")] == [200, 200, 401]

    def test_that_are_half_written_change_nothing(self, client: httpx.Client, file: Path) -> None:
        """While a file is being written, tokens at its end are accepted, and parts of new ones are not."""
        put(file, "first\nold\n")
        assert status(client, "first") == 200
        for content in ("f", "first\n", "first\nnew-t"):
            file.write_text(content, "utf-8")
            assert status(client, "old") == 200
            file.write_text("", "utf-8")
            assert [status(client, token) for token in ("f", "new-t", "first")] == [401, 401, 200]
        put(file, "first\nnew-token\n")
        assert [status(client, token) for token in ("old", "first", "new-token")] == [401, 200, 200]

    def test_that_are_written_again_and_again_are_followed(self, client: httpx.Client, file: Path) -> None:
        """A file that is always young, but has the same tokens twice, is followed."""
        statuses = []
        for _ in range(3):
            file.write_text("new\n", "utf-8")
            statuses.append(status(client, "new"))
        assert statuses[-1] == 200

    @pytest.mark.parametrize("content", [None, b"\xff", b"alice:\n"])
    def test_that_cannot_be_used_change_nothing(
        self, client: httpx.Client, file: Path, content: bytes | None, caplog: pytest.LogCaptureFixture
    ) -> None:
        """If the file vanishes or is damaged, its tokens stay accepted, no others are, and one log line says so."""
        if content is None:
            file.unlink()
        else:
            file.write_bytes(content)
        for _ in range(3):
            assert [status(client, token) for token in ("old", "fixed", "", "#")] == [200, 200, 401, 401]
        assert len([line for line in caplog.messages if "DETECTOR_TOKENS_FILE" in line]) == 1
        put(file, "new\n")
        assert [status(client, token) for token in ("old", "new", "fixed")] == [401, 200, 200]


@pytest.mark.slow
def test_rotation_without_a_restart(start: Start, tmp_path: Path) -> None:
    """Every worker drops a leaked token within seconds; the log has tokens' names, never the tokens."""
    file = tmp_path / "tokens"
    file.write_text("alice:leaked-secret\n", "utf-8")
    server = start(DETECTOR_TOKENS_FILE=str(file), WEB_CONCURRENCY="2").wait_until_ready()

    def statuses(token: str) -> set[int]:
        return {
            httpx.get(f"{server.url}/models", headers={"X-Api-Token": token}, timeout=PATIENCE).status_code
            for _ in range(8)
        }

    assert statuses("leaked-secret") == {200}
    new = tmp_path / "new"
    new.write_text("bob:fresh-secret\n", "utf-8")
    new.replace(file)  # as Kubernetes does
    wait_for(lambda: statuses("leaked-secret") == {401}, lambda: server.log)
    assert statuses("fresh-secret") == {200}
    wait_for(lambda: ' bob "GET /models' in server.log, lambda: server.log)
    assert ' alice "GET /models' in server.log
    assert ' - "GET /models HTTP/1.1" 401 ' in server.log
    assert "secret" not in server.log
