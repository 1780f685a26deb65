"""The desk: calls that come together share a commit, and each still gets its own receipt."""

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from real_server import until

from loop import Answer
from loop.errors import CannotWrite
from loop.session import Call
from ui.desk import Desk


def run(coroutine):
    """What it returns, from an event loop of its own; this thread may have a browser's."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


@pytest.fixture
def batches(project, monkeypatch):
    """How many calls were served in each transaction."""
    sizes, serve = [], project.session.serve

    def counted(calls):
        sizes.append(len(calls))
        return serve(calls)

    monkeypatch.setattr(project.session, "serve", counted)
    return sizes


def calls_of(project, names):
    """One answer each, to an item of their own, and a wish for two more."""
    for name in names:
        item = project.next_items(name, 1)[0]
        yield Call(name, [Answer(f"answer-of-{name}", item.id, "label", "sport")], [], n=2)


def test_calls_that_come_together_share_a_transaction_and_get_their_own_receipts(project, batches):
    people = [f"person-{i}" for i in range(9)]
    calls = list(calls_of(project, people))
    batches.clear()

    async def all_at_once():
        desk = Desk(project.session)
        return await asyncio.gather(*map(desk.serve, calls))

    receipts = run(all_at_once())
    assert [receipt.saved for receipt in receipts] == [[f"answer-of-{name}"] for name in people]
    assert len({item.id for receipt in receipts for item in receipt.items}) == 2 * len(people)
    assert batches == [len(people)]


def test_calls_that_come_while_others_are_served_wait_for_the_next_transaction(project, batches):
    ana, *others = calls_of(project, ["ana", "bo", "cy"])
    batches.clear()

    async def one_then_two():
        desk = Desk(project.session)
        with project.store.write():  # somebody else's: ana's call is begun and cannot end
            first = asyncio.create_task(desk.serve(ana))
            await asyncio.to_thread(until, lambda: batches, 10)
            rest = [asyncio.create_task(desk.serve(call)) for call in others]
            await asyncio.sleep(0)
        await asyncio.gather(first, *rest)

    run(one_then_two())
    assert batches == [1, 2]


def test_who_hangs_up_takes_nobody_elses_answer_along(project):
    calls = list(calls_of(project, ["ana", "bo"]))

    async def ana_hangs_up():
        desk = Desk(project.session)
        ana, bo = (asyncio.create_task(desk.serve(call)) for call in calls)
        await asyncio.sleep(0)
        ana.cancel()
        return await bo

    assert run(ana_hangs_up()).saved == ["answer-of-bo"]


def test_a_call_that_fails_for_a_defect_fails_for_nobody_else(project, batches):
    ana, bo = calls_of(project, ["ana", "bo"])
    batches.clear()
    odd = Answer("answer-of-cy", "p1", "label", "sport", comment=object())  # no database takes it
    bad = Call("cy", [odd], [], n=2)

    async def all_at_once():
        desk = Desk(project.session)
        calls = map(desk.serve, [ana, bad, bo])
        return await asyncio.gather(*calls, return_exceptions=True)

    first, failed, last = run(all_at_once())
    assert (first.saved, last.saved) == (["answer-of-ana"], ["answer-of-bo"])
    assert isinstance(failed, sqlite3.Error)
    assert batches == [3, 1, 1, 1]


def test_a_database_that_takes_nothing_says_so_to_everybody_who_waited(project, monkeypatch):
    calls = list(calls_of(project, ["ana", "bo"]))

    def full(_calls):
        raise CannotWrite(project.folder, "the disk is full")

    async def all_at_once():
        desk = Desk(project.session)
        with monkeypatch.context() as broken:
            broken.setattr(project.session, "serve", full)
            failed = await asyncio.gather(*map(desk.serve, calls), return_exceptions=True)
        return failed, await asyncio.gather(*map(desk.serve, calls))

    failed, receipts = run(all_at_once())
    assert all(isinstance(why, CannotWrite) for why in failed)
    assert [len(receipt.saved) for receipt in receipts] == [1, 1]
