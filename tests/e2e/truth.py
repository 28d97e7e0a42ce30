"""truth.py: what routers were told, and what may be told after a crash.

    truth = Truth(one)               # a Life
    truth.look()                     # a router with nothing asks: Answer
    truth.after("kill 3", {1, 2})    # rtrd was started again; the set is of
                                     # generation 1 or 2, session and serial go
                                     # on, and who was there gets a delta
"""
import random

import life


def is_later(a, b):
    """Whether serial a comes after b, or is b (RFC 1982)."""
    return ((a - b) & 0xffffffff) < 0x80000000


class Truth:
    def __init__(self, one):
        self.one = one
        self.sets = {}  # (session, serial): generation
        self.last = life.NOTHING  # what a router had last
        self.deltas = 0

    def saw(self, answer, what):
        """One serial of one session is one set, for ever."""
        if answer.session is None:
            return answer
        was = self.sets.setdefault(answer[:2], answer.generation)
        if was != answer.generation:
            life.fail(f"{what}: session {answer.session} serial "
                      f"{answer.serial} was generation {was}, and is now "
                      f"{answer.generation}")
        return answer

    def look(self, what="a router"):
        answer = self.saw(self.one.ask(), what)
        if answer.session is not None:
            self.last = answer
        return answer

    def after(self, what, allowed, lost=False):
        """See above; `lost`: there may be nothing, or another session."""
        before = self.last
        answer = self.look(what)
        if answer.session is None and (lost or before.session is None):
            return answer
        if answer.generation not in allowed:
            life.fail(f"{what}: generation {answer.generation}, not of "
                      f"{sorted(allowed)}")
        if before.session is None or lost and \
                answer.session != before.session:
            return answer
        if answer.session != before.session:
            life.fail(f"{what}: session {answer.session}, not "
                      f"{before.session}")
        if not is_later(answer.serial, before.serial):
            life.fail(f"{what}: serial {answer.serial} after {before.serial}")
        again = self.saw(self.one.ask(before), what + ", a router from before")
        if self.one.was_reset:
            life.fail(f"{what}: no delta from serial {before.serial} to "
                      f"{answer.serial}")
        if again != answer:
            life.fail(f"{what}: the delta gives {again}, not {answer}")
        self.deltas += 1
        return answer


def comes_to(one, truth, generation, what):
    """A run, or another, gives this generation: one that rtrd began by itself
    may be under way."""
    for _ in range(3):
        if " run done " in one.run():
            break
    truth.after(what, {generation})


def begun(seed=1, start=True, **more):
    """A Life, where generation 1 is committed and told unless it is not started,
    its Truth and a random source of a fixed seed."""
    one = life.Life(**more)
    truth = Truth(one)
    one.wish(1)
    if start:
        one.begin()
        truth.look()
    return one, truth, random.Random(seed)


def restart(one, mode="fails"):
    """Start on what is there, with a validator that gives nothing; whether
    that is possible."""
    one.plan.clear()
    one.wish(0, mode)
    one.start()
    if not one.loaded():
        return False
    if mode == "fails":
        one.must_say(" run failed ")
    return True
