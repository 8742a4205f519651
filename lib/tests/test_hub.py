"""The hub: one pinned commit of one repository, from the cache, or one sentence."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import huggingface_hub
import pytest
from huggingface_hub import constants
from huggingface_hub.errors import DryRunError

from albumen import cli, hub
from albumen.errors import WeightsError

REVISION = "0123456789abcdef0123456789abcdef01234567"
OTHER = "f" * 40
HELD = {"model_index.json": b"{}", "unet/config.json": b"{}", "unet/weights.safetensors": b"w" * 9}
MODEL = hub.HubModel(
    name="tiny",
    use="a test",
    repo="somebody/tiny",
    revision=REVISION,
    files=("model_index.json", "unet/*.json", "unet/weights.safetensors"),
    bytes=13,
    licence="MIT",
    trained_on="nothing",
    seen="a test",
)
NAMED = rf"'tiny' \(somebody/tiny at revision {REVISION}\)"
COMMAND = "`albumen weights fetch tiny`"


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(hub, "hub_models", lambda: {"tiny": MODEL})
    return tmp_path


def lay(cache: Path, held: dict[str, bytes], revision: str = REVISION) -> Path:
    """Files in the hub's own layout: a snapshot of links to blobs, and a branch that names it."""
    repo = cache / "models--somebody--tiny"
    for name, data in held.items():
        blob = repo / "blobs" / f"{abs(hash((name, data))):x}"
        blob.parent.mkdir(parents=True, exist_ok=True)
        blob.write_bytes(data)
        link = repo / "snapshots" / revision / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(blob)
    (repo / "refs").mkdir(exist_ok=True)
    (repo / "refs" / "main").write_text(revision)
    return repo / "snapshots" / revision


class FakeHub:
    """Stands in for huggingface_hub.snapshot_download with a network."""

    def __init__(self, cache: Path, held: dict[str, bytes]) -> None:
        self.cache, self.held, self.asked = cache, held, []
        self.real = huggingface_hub.snapshot_download
        self.raises: Exception | None = None

    def __call__(self, repo: str, **how):
        if how.get("local_files_only"):
            return self.real(repo, **how)
        self.asked.append((repo, how["revision"]))
        if self.raises:
            raise self.raises
        names = huggingface_hub.utils.filter_repo_objects(
            self.held, allow_patterns=how["allow_patterns"]
        )
        if how.get("dry_run"):
            return [SimpleNamespace(filename=name) for name in names]
        return str(lay(self.cache, {name: self.held[name] for name in names}))


@pytest.fixture
def online(cache, monkeypatch) -> FakeHub:
    fake = FakeHub(cache, {**HELD, "unet/weights.bin": b"not asked for"})
    monkeypatch.setattr(huggingface_hub, "snapshot_download", fake)
    return fake


def test_the_pinned_snapshot_is_found_in_the_hubs_own_cache(cache):
    folder = lay(cache, HELD)
    assert hub.local_folder("tiny") == folder


def test_what_is_not_cached_names_model_revision_and_command(cache):
    with pytest.raises(WeightsError, match=f"{NAMED} is not cached: run {COMMAND}"):
        hub.local_folder("tiny")


def test_another_revision_is_not_taken_instead(cache):
    lay(cache, HELD, OTHER)
    with pytest.raises(WeightsError, match=f"{NAMED} is not cached"):
        hub.local_folder("tiny")


@pytest.mark.parametrize("gone", ["model_index.json", "unet/config.json"])
def test_a_snapshot_that_lacks_a_file_is_not_whole(cache, gone):
    lay(cache, {name: data for name, data in HELD.items() if name != gone})
    pattern = "unet/*.json" if gone.startswith("unet") else gone
    with pytest.raises(WeightsError, match=rf"cached without {re.escape(pattern)}: run {COMMAND}"):
        hub.local_folder("tiny")


def test_a_download_that_was_broken_off_is_not_whole(cache):
    folder = lay(cache, HELD)
    (folder / "unet/weights.safetensors").resolve().unlink()
    with pytest.raises(WeightsError, match=r"cached without unet/weights\.safetensors"):
        hub.local_folder("tiny")


def test_a_file_that_only_the_hubs_own_listing_misses_is_noticed(cache):
    folder = lay(cache, HELD)
    tree = {name: {"size": len(data), "blob_id": "0" * 40} for name, data in HELD.items()}
    tree["unet/more.json"] = {"size": 2, "blob_id": "0" * 40}
    trees = folder.parents[1] / "trees"
    trees.mkdir()
    (trees / f"{REVISION}.json").write_text(json.dumps({"format_version": 1, "files": tree}))
    with pytest.raises(WeightsError, match=NAMED):
        hub.local_folder("tiny")


def test_fetch_brings_the_named_files_of_the_pinned_revision_and_says_which(online):
    steps = list(hub.fetch_model("tiny"))
    assert [(step.done, step.total) for step in steps] == [(1, 3), (2, 3), (3, 3)]
    assert {step.what for step in steps} == {f"tiny: {name}" for name in HELD}
    folder = hub.local_folder("tiny")
    held = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert held == set(HELD)
    assert set(online.asked) == {("somebody/tiny", REVISION)}


def test_what_is_cached_needs_no_network(online):
    lay(online.cache, HELD)
    assert [step.what for step in hub.fetch_model("tiny")] == ["tiny: cached"]
    assert online.asked == []


@pytest.mark.parametrize(
    "error",
    [DryRunError("the repository cannot be accessed."), OSError("Revision Not Found\n\nfor url")],
)
def test_a_hub_that_cannot_give_it_is_one_sentence(online, error):
    online.raises = error
    with pytest.raises(WeightsError, match=f"{NAMED} could not be fetched.*{COMMAND} again") as got:
        list(hub.fetch_model("tiny"))
    assert "\n" not in str(got.value)
    assert {revision for _, revision in online.asked} == {REVISION}


def test_a_revision_without_a_named_file_is_not_taken_for_whole(online):
    del online.held["model_index.json"]
    with pytest.raises(WeightsError, match=r"cached without model_index\.json"):
        list(hub.fetch_model("tiny"))


def test_an_unknown_model_lists_the_known_ones(cache):
    with pytest.raises(WeightsError, match="'q' is no hub model: expected one of tiny"):
        hub.local_folder("q")


def test_every_entry_is_pinned_by_a_full_commit_hash():
    models = hub.hub_models().values()
    assert {"sd15", "sdxl", "flux2-klein-4b"} <= {one.name for one in models}
    for one in models:
        assert re.fullmatch(r"[0-9a-f]{40}", one.revision)
        assert one.repo.count("/") == 1
        assert not any(".bin" in name or ".ckpt" in name for name in one.files)  # pickles run code


def test_the_command_fetches_a_model_by_name_only(online, capsys):
    assert cli.main(["weights", "fetch", "tiny"]) == 0
    assert cli.main(["weights", "list"]) == 0
    assert re.search(r"^tiny +yes +0.0 +a test +MIT", capsys.readouterr().out, re.MULTILINE)
