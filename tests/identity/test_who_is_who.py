"""All rules of identity as one table, through the real doors: forms, logins, clicks and hits flow through the river.

A story is a list of steps; each step is (hour, what, browser, person). Then it is asked whose a browser was, hour by hour:
"." is nobody, a letter is a person's. Hits are at every hour, so that the table says whose story each one is in.
"""

from datetime import timedelta

import pytest

from tests.making import DAY, HOUR, flow, make_fact, make_lead, make_visitor
from wagtail_leads.activity.whose import activities_of
from wagtail_leads.capture.operations import Sent, submit
from wagtail_leads.identity.models import Lead, Visitor, VisitorLink
from wagtail_leads.identity.operations import identify, link, relink, unlink
from wagtail_leads.identity.queries import known_lead_of, lead_at, links_of
from wagtail_leads.logic.errors import BrowserTaken
from wagtail_leads.logic.kinds import Evidence
from wagtail_leads.merging import merge, unmerge
from wagtail_leads.privacy import erase, forget_browser

pytestmark = pytest.mark.django_db


class World:
    """Browsers 1-5, people a-f, and what happens at which hour (a number; hits are recorded at every half hour)."""

    def __init__(self, now):
        self.now, self.people, self.browsers = now, {}, {}

    def at(self, hour):
        return self.now + hour * HOUR

    def person(self, name) -> Lead:
        if name not in self.people:
            self.people[name] = make_lead(self.now - 90 * DAY, f"{name}@mihon.example")
        return Lead.objects.get(pk=self.people[name].pk)

    def browser(self, number) -> Visitor:
        if number not in self.browsers:
            self.browsers[number] = make_visitor(self.now - 90 * DAY)
        return Visitor.objects.get(pk=self.browsers[number].pk)

    def tell(self, story):
        for hour, what, *rest in story:
            getattr(self, what)(self.at(hour), *rest)
            flow(self.at(hour))

    def form(self, at, number, name, **more):
        email = f"{name}@mihon.example"
        self.person(name)
        submit(Sent(key=f"{at}{number}{name}", email=email, **more), visitor=self.browser(number), now=at)

    def form_from_now(self, at, number, name):
        self.form(at, number, name, with_history=False)

    def kiosk(self, at, number, name):
        """A form on a stand's tablet: the door passes no browser."""
        self.browser(number)
        self.person(name)
        submit(Sent(key=f"{at}{name}", email=f"{name}@mihon.example"), visitor=None, now=at)

    def login(self, at, number, name):
        link(self.browser(number), self.person(name), evidence=Evidence.LOGIN, now=at, with_history=True)

    def click(self, at, number, name):
        make_fact("email_clicked", at, visitor=self.browser(number), lead=self.person(name))

    def by_hand(self, at, number, name):
        link(self.browser(number), self.person(name), evidence=Evidence.MANUAL, now=at, with_history=True)

    def take_back(self, at, number, name):
        unlink(VisitorLink.objects.filter(visitor=self.browser(number), lead=self.person(name)).last(), now=at)

    def again(self, at, number, name):
        relink(VisitorLink.objects.filter(visitor=self.browser(number), lead=self.person(name)).last())

    def erase(self, at, name):
        erase(self.person(name), now=at)

    def stop(self, at, name):
        Lead.objects.filter(pk=self.person(name).pk).update(stopped_at=at)

    def merge(self, at, loser, survivor):
        self.merged = merge(self.person(loser), self.person(survivor), now=at)

    def unmerge(self, at):
        unmerge(self.merged, now=at)

    def cookie_deleted(self, at, number):
        """The browser comes back as a new one."""
        del self.browsers[number]

    def refuses(self, at, number):
        forget_browser(self.browser(number), now=at)

    def owners(self, number, hours) -> str:
        names = {lead.pk: name for name, lead in self.people.items()}
        links = links_of([self.browser(number).pk]).get(self.browser(number).pk, [])
        return "".join(names.get(lead_at(links, self.at(hour) + HOUR / 2), ".") for hour in range(hours))

    def known(self, number, hour) -> str:
        names = {lead.pk: name for name, lead in self.people.items()}
        lead = known_lead_of(self.browser(number), self.at(hour))
        return names[lead.pk] if lead else "."


#: name: story, {browser: whose it was in hours 0-5}, {browser: whom a gate with one click greets at hour 6}
RULES = {
    "nobody said anything": ([], {1: "......"}, {1: "."}),
    "a form brings the history along": ([(2, "form", 1, "a")], {1: "aaaaaa"}, {1: "a"}),
    "consent from now on": ([(2, "form_from_now", 1, "a")], {1: "..aaaa"}, {1: "a"}),
    "the history was kept back, and stays back": (
        [(2, "form_from_now", 1, "a"), (4, "form", 1, "a")], {1: "..aaaa"}, {1: "a"},
    ),
    "shared browser: what was before stays the first one's": (
        [(2, "form", 1, "a"), (4, "form", 1, "b")], {1: "aaaabb"}, {1: "b"},
    ),
    "two people take turns": (
        [(1, "form", 1, "a"), (2, "form", 1, "b"), (3, "form", 1, "a"), (4, "form", 1, "b")], {1: "aabab b".replace(" ", "")},
        {1: "b"},
    ),
    "one person, five browsers": (
        [(n, "form", n, "a") for n in range(1, 6)], dict.fromkeys(range(1, 6), "aaaaaa"), dict.fromkeys(range(1, 6), "a"),
    ),
    "a form on a stand's tablet links nobody": ([(2, "kiosk", 1, "a")], {1: "......"}, {1: "."}),
    "a click in a browser of nobody: from then on, and weak": ([(2, "click", 1, "a")], {1: "..aaaa"}, {1: "."}),
    "a forwarded mail never takes a known browser": (
        [(1, "form", 1, "b"), (3, "click", 1, "a")], {1: "bbbbbb"}, {1: "b"},
    ),
    "nor one that another mail supposed": ([(1, "click", 1, "b"), (3, "click", 1, "a")], {1: ".bbbbb"}, {1: "."}),
    "a click confirms nothing": ([(1, "click", 1, "a"), (3, "click", 1, "a")], {1: ".aaaaa"}, {1: "."}),
    "a form confirms what a mail supposed": ([(2, "click", 1, "a"), (4, "form", 1, "a")], {1: "aaaaaa"}, {1: "a"}),
    "the reader of a forwarded mail says who they are": (
        [(2, "click", 1, "a"), (4, "form", 1, "b")], {1: "..aabb"}, {1: "b"},
    ),
    "B logs in on A's browser": ([(2, "form", 1, "a"), (4, "login", 1, "b")], {1: "aaaabb"}, {1: "b"}),
    "and A logs in again": (
        [(1, "login", 1, "a"), (3, "login", 1, "b"), (5, "login", 1, "a")], {1: "aaabba"}, {1: "a"},
    ),
    "a colleague's word is not the person's": ([(2, "by_hand", 1, "a")], {1: "aaaaaa"}, {1: "."}),
    "three people: shared, nobody is greeted": (
        [(1, "form", 1, "a"), (2, "form", 1, "b"), (3, "form", 1, "c")], {1: "aabccc"}, {1: "."},
    ),
    "clicks do not make a browser shared": (
        [(1, "click", 1, "a"), (2, "form", 1, "b"), (3, "form", 1, "c")], {1: ".abccc"}, {1: "c"},
    ),
    "three people in half a year share nothing": (
        [(-24 * 80, "form", 1, "a"), (-24 * 40, "form", 1, "b"), (2, "form", 1, "c")], {1: "bbcccc"}, {1: "c"},
    ),
    "taken back: nobody's": ([(2, "form", 1, "a"), (4, "take_back", 1, "a")], {1: "......"}, {1: "."}),
    "and it holds again": (
        [(2, "form", 1, "a"), (3, "take_back", 1, "a"), (4, "again", 1, "a")], {1: "aaaaaa"}, {1: "a"},
    ),
    "a mail does not bring back what a colleague took back": (
        [(2, "form", 1, "a"), (3, "take_back", 1, "a"), (4, "click", 1, "a")], {1: "......"}, {1: "."},
    ),
    "the person does, from then on": (
        [(2, "form", 1, "a"), (3, "take_back", 1, "a"), (4, "form", 1, "a")], {1: "....aa"}, {1: "a"},
    ),
    "it holds again until somebody else's begins": (
        [(1, "form_from_now", 1, "a"), (2, "take_back", 1, "a"), (4, "click", 1, "b"), (5, "again", 1, "a")],
        {1: ".aaabb"}, {1: "."},
    ),
    "one of three was wrong: no longer shared": (
        [(1, "form", 1, "a"), (2, "form", 1, "b"), (3, "form", 1, "c"), (4, "take_back", 1, "b")], {1: "aa.ccc"}, {1: "c"},
    ),
    "private window, or the cookie was deleted: a new browser, linked by the next form": (
        [(1, "form", 1, "a"), (3, "cookie_deleted", 1), (4, "form", 1, "a")], {1: "aaaaaa"}, {1: "a"},
    ),
    "a browser that refuses is nobody's": ([(1, "form", 1, "a"), (3, "refuses", 1)], {1: "......"}, {1: "."}),
    "and no click links it": (
        [(1, "form", 1, "a"), (3, "refuses", 1), (4, "click", 1, "a")], {1: "......"}, {1: "."},
    ),
    "erased: the browser is nobody's": ([(1, "form", 1, "a"), (3, "erase", "a")], {1: "......"}, {1: "."}),
    "a click after erasing links nobody": (
        [(1, "click", 2, "a"), (3, "erase", "a"), (4, "click", 1, "a")], {1: "......"}, {1: "."},
    ),
    "stopped: no click links, and nobody is greeted": ([(1, "stop", "a"), (3, "click", 1, "a")], {1: "......"}, {1: "."}),
    "stopped after a form: not greeted": ([(1, "form", 1, "a"), (3, "stop", "a")], {1: "aaaaaa"}, {1: "."}),
    "merged: browsers are the survivor's": ([(1, "form", 1, "a"), (3, "merge", "a", "b")], {1: "bbbbbb"}, {1: "b"}),
    "a form with the merged address is the survivor's": (
        [(1, "merge", "a", "b"), (3, "form", 1, "a")], {1: "bbbbbb"}, {1: "b"},
    ),
    "a click in the merged one's mail too": (
        [(1, "form", 1, "b"), (2, "merge", "a", "b"), (3, "click", 1, "a")],
        {1: "bbbbbb"},
        {1: "b"},
    ),
    "unmerged: back": (
        [(1, "form", 1, "a"), (2, "merge", "a", "b"), (3, "unmerge")], {1: "aaaaaa"}, {1: "a"},
    ),
    "two of three were one person: not shared": (
        [(1, "form", 1, "a"), (2, "form", 1, "b"), (3, "form", 1, "c"), (4, "merge", "a", "b")], {1: "bbbccc"}, {1: "c"},
    ),
    "words that stand for nobody link nobody": ([(2, "form", 1, "noreply")], {1: "......"}, {1: "."}),
    "an office's address is somebody": ([(2, "form", 1, "info")], {1: "IIIIII"}, {1: "I"}),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_rule(now, rule):
    story, whose, greeted = RULES[rule]
    world = World(now)
    for number in whose:
        world.browser(number)
    world.tell(story)
    world.people = {("I" if name == "info" else name): lead for name, lead in world.people.items()}
    assert {number: world.owners(number, 6) for number in whose} == whose
    assert {number: world.known(number, 6) for number in greeted} == greeted
    for visitor in Visitor.objects.all():  # the mirror on the hot path says what the links say
        held = VisitorLink.objects.filter(open_key=visitor.pk, revoked_at__isnull=True).first()
        assert visitor.lead_id == (held.lead_id if held else None)


def test_hits_that_arrive_late_are_whose_the_browser_was_at_their_time(now):
    world = World(now)
    world.tell([(2, "form", 1, "a"), (4, "form", 1, "b")])
    late = [make_fact("page_viewed", world.at(hour), visitor=world.browser(1)) for hour in (1, 3, 4, 5)]
    flow(world.at(6))
    mine = [set(activities_of(world.person(name)).values_list("pk", flat=True)) for name in "ab"]
    assert ["ab"[[fact.pk in one for one in mine].index(True)] for fact in late] == ["a", "a", "b", "b"]
    assert not mine[0] & mine[1], "each hit is in one story"


def test_a_late_click_takes_nobodys_time(now):
    world = World(now)
    world.tell([(1, "form", 1, "a"), (3, "form", 1, "b"), (5, "take_back", 1, "b")])
    make_fact("email_clicked", world.at(2), visitor=world.browser(1), lead=world.person("c"))
    flow(world.at(6))
    assert world.owners(1, 5) == "aaacc", "a's time stays a's"


def test_clocks_of_two_machines_that_differ_leave_no_overlap(now):
    world = World(now)
    world.tell([(3, "form", 1, "a")])
    made, _new = link(world.browser(1), world.person("b"), evidence=Evidence.FORM, now=world.at(2), with_history=True)
    assert made.from_at == world.at(3) and world.owners(1, 5) == "aaabb"


def test_a_link_that_overlaps_somebody_elses_does_not_hold_again(now):
    world = World(now)
    world.tell([(2, "form", 1, "a"), (3, "take_back", 1, "a"), (4, "form", 1, "b")])
    assert world.owners(1, 6) == "bbbbbb", "with a's link gone, b's was the first"
    with pytest.raises(BrowserTaken):
        world.again(world.at(5), 1, "a")


def test_a_shared_browser_links_no_history_ever_again(now):
    world = World(now)
    world.tell([(1, "form", 1, "a"), (2, "form", 1, "b"), (3, "form", 1, "c")])
    assert world.browser(1).shared_at == world.at(3)
    world.tell([(4, "form", 1, "d")])
    assert world.browser(1).shared_at == world.at(3) and world.owners(1, 6) == "aabcdd"


def test_the_seventh_hour_of_a_shared_window(now):
    """The third person within thirty days to the second shares it; a second later none is."""
    for extra, shared in ((timedelta(), True), (timedelta(seconds=1), False)):
        world = World(now)
        for number, at in enumerate((now, now + DAY, now + 30 * DAY + extra)):
            lead = make_lead(now, f"{shared}{number}@mihon.example")
            link(world.browser(1), lead, evidence=Evidence.FORM, now=at, with_history=True)
        assert (world.browser(1).shared_at is not None) is shared


def test_an_unknown_browser_is_nobody(now):
    assert known_lead_of(None, now) is None


def test_the_gates_question_is_one_query(now, django_assert_num_queries):
    world = World(now)
    world.tell([(1, "form", 1, "a")])
    visitor = world.browser(1)
    with django_assert_num_queries(1):
        known = known_lead_of(visitor, world.at(2))
    assert known == world.person("a")


def test_no_data_of_another_is_changed_by_a_forwarded_mail(now):
    world = World(now)
    world.tell([(1, "form", 1, "b")])
    before = Lead.objects.filter(pk=world.person("b").pk).values().get()
    world.tell([(3, "click", 1, "a")])
    after = Lead.objects.filter(pk=world.person("b").pk).values().get()
    assert {k: v for k, v in after.items() if k != "stage"} == {k: v for k, v in before.items() if k != "stage"}
    assert Lead.objects.get(pk=world.person("a").pk).connected_at is None


def test_identify_says_nothing_about_browsers(now):
    world = World(now)
    identify(email="a@mihon.example", now=now)
    assert world.owners(1, 2) == ".."
