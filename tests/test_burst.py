"""Keys faster than anybody presses them: each labels the item that was on screen, none is lost."""

import time

import pytest
from conftest import look_at, project_in
from real_server import serving

from loop import Project
from loop.store import standings

pytestmark = pytest.mark.browser

MOST_HERE = 30
CLASSES = ("sport", "money")
# What was on screen at each key, seen before the card sees the key; what the browser holds then.
WITNESS = """
window.pressed = []; window.most = 0;
const shadows = () => [...document.querySelectorAll('*')].map((one) => one.shadowRoot);
let card;
document.addEventListener('keydown', ({ key }) => {
  card ||= shadows().find((root) => root && root.askwell);
  window.pressed.push([card.querySelector('.item').dataset.item || null, key]);
  window.most = Math.max(window.most, card.askwell.queue.length + card.askwell.outbox.size);
}, true);
"""


@pytest.fixture(scope="module")
def long_queue(tmp_path_factory):
    folder = tmp_path_factory.mktemp("burst") / "reviews"
    project_in(folder, 1_500).close()
    with serving(folder) as server:
        yield server


@pytest.mark.alone
@pytest.mark.parametrize(
    ("keys", "pause"),
    [(90, 1 / 30), (300, 0), pytest.param(300, 1 / 30, marks=pytest.mark.soak)],
    ids=["thirty a second", "as fast as possible", "thirty a second for long"],
)
def test_a_burst_of_keys_loses_nothing_and_labels_nothing_else(
    long_queue, chromium, request, capsys, keys, pause
):
    me = request.node.name
    with Project.open(long_queue.folder) as project:
        token = project.invite(me)
        with chromium.new_context() as context:
            context.add_init_script(WITNESS)
            page = look_at(f"{long_queue.url}/join/{token}", context)
            began = time.perf_counter()
            for i in range(keys):
                page.keyboard.press("12"[i % 2])
                page.wait_for_timeout(
                    max(0.0, 1000 * (began + (i + 1) * pause - time.perf_counter()))
                )
            seconds = time.perf_counter() - began
            page.wait_for_selector(".saved[data-kind=done]")
            pressed, most = page.evaluate("[window.pressed, window.most]")
        given = [row for row in standings.judgements(project.store.read) if row["annotator"] == me]
    seen = [(item, CLASSES["12".index(key)]) for item, key in pressed if item]
    with capsys.disabled():
        print(f"\n{keys} keys in {seconds:.1f} s, {len(seen)} with an item on screen; {most} held")
    assert [(row["item_id"], row["value"]) for row in given] == seen
    assert most <= MOST_HERE
    # Faster than fingers, a key may find the screen empty; then it labels nothing.
    assert len(seen) == keys or not pause
