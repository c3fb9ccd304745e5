"""The person rules as one would write them in Mesa first: an Agent object a person, its decisions as methods."""

from __future__ import annotations

from collections import Counter, defaultdict

import mesa
import numpy as np

from sim.agents.counts import KINDS, LEVELS
from sim.agents.persons import RANDOM_COLUMNS
from sim.words import AGES


class Person(mesa.Agent):
    """A person with the attributes of the model's columns."""

    def __init__(self, model, **columns):
        super().__init__(model)
        for name, value in columns.items():
            setattr(self, name, value)

    def upgrade(self):
        """Schooling at 18, training, registration."""
        t, luck = self.model.t, self.random.random
        age, n = self.model.year - self.born, self.model.n
        c, h = self.res_county, self.hukou_county
        place = c if c < n else h
        if age == 18:
            steps = t["schooling"][place, 0 if h == place else 1]
            u = luck()
            self.skill = 1 + int(u >= steps[0]) + int(u >= steps[1])
        if c == n:
            return
        trains = self.skill == 1 and self.res_zone == 1 and t["first_age"] <= age <= t["last_age"]
        if trains and luck() < t["training"][c]:
            self.skill = 2
        long_here = self.model.year - self.arrived >= t["years_asked"] or self.skill == 3
        if h != c and long_here and luck() < t["convert"][c]:
            self.hukou_county = c
            if self.hukou_rural and luck() >= t["keep_land"]:
                self.hukou_rural = 0

    def reclassify(self):
        """The place may become urban."""
        if (self.res_county < self.model.n and self.res_zone == 1
                and self.random.random() < self.model.t["share"][self.res_county]):
            self.res_zone = 0

    def move(self):
        """Consider moving; weigh the own place, all other counties and the outside; go."""
        t, luck, n = self.model.t, self.random.random, self.model.n
        age = self.model.year - self.born
        if age < 16 or luck() >= t["evaluation"][min(age, 100)]:
            return
        o, y, h, m = self.res_county, self.res_zone, self.hukou_county, self.minority
        e = 3 if age >= (t["retire_men"] if self.sex == 1 else t["retire_women"]) else max(0, self.skill - 1)
        land = self.hukou_rural == 1 and h == o
        zone, change = (2 if o == n else y), 0.0
        if o == n:
            stay = t["outside"][e, n] * t["own_home"][h, n]
        else:
            stay = t["nest"][e, o, y, int(land)] * t["own_home"][h, o] * t["ethnic"][m, o]
            change = t["change"][e, o, y, int(land)]
        leave = t["leave"][min(age, 100)]
        if land and y == 1:
            leave *= t["land_factor"]
        if (self.sector >= 0 and y == 0 and o < n) or self.skill >= 2:
            leave *= t["leave_insurance"]
        weights = leave * t["inside"][e, zone] * t["home"][h] * t["ethnic"][m] * t["distance"][o]
        out = 0.0
        if o < n:
            weights[o] = 0.0
            out = leave * t["outside"][e, o] * t["home_out"][h]
            if self.low_income and y == 1 and h < n and t["export_first_age"] <= age <= t["export_last_age"]:
                out *= t["export"]
        steps = np.cumsum(np.concatenate([[stay], weights, [out]]))
        chosen = int(np.searchsorted(steps, luck() * steps[-1], side="right"))
        if chosen == 0:
            if o < n and luck() < change:
                self.res_zone = 1 - y
            return
        d = chosen - 1
        self.res_county, self.arrived, self.sector = d, self.model.year, -1
        self.res_zone = 0 if d == n or luck() < t["urban"][e, zone, d] else 1
        if d == n and h == n:
            self.remove()

    def follow(self):
        """A child goes where its mother goes, if schools take it."""
        t, year, n, mother = self.model.t, self.model.year, self.model.n, self.mother
        if mother is None or year - self.born >= 16:
            return
        o, d = self.res_county, mother.res_county
        if d == o:
            self.res_zone = mother.res_zone
        elif mother.arrived == year and self.random.random() < t["follow"][0 if self.hukou_county == d else 1]:
            self.res_county, self.res_zone, self.arrived = d, mother.res_zone, year
            if d == n and self.hukou_county == n:
                self.remove()

    def choose_sector(self):
        """Take part or not; a public post, or the sector by its share."""
        t, luck, c = self.model.t, self.random.random, self.res_county
        age = self.model.year - self.born
        if c == self.model.n or age < 16 or (
                self.participation >= t["takes_part"][(2 * self.res_zone + self.sex) * AGES + min(age, 100)]):
            self.sector = -1
            return
        if self.sector == 5:
            if luck() >= t["lay_off"][c]:
                return
        elif self.sector >= 0 and luck() >= t["reconsider"]:
            return
        elif self.skill >= 2 and luck() < t["hire"][c]:
            self.sector = 5
            return
        steps = t["up_to"][c, self.res_zone, max(0, self.skill - 1)]
        self.sector = min(4, int(np.searchsorted(steps, luck(), side="right")))

    def live(self):
        """Die, or grow older and perhaps bear a child."""
        t, luck, c = self.model.t, self.random.random, self.res_county
        age = min(100, max(0, self.model.year - 1 - self.born))
        if luck() < t["death"][self.sex, age]:
            self.remove()
        elif self.sex == 0 and c < self.model.n and 15 <= age <= 49 and luck() < t["birth"][c, age]:
            Person(self.model, born=self.model.year, sex=int(luck() < 0.53), skill=0, minority=self.minority,
                   hukou_county=self.hukou_county, hukou_rural=self.hukou_rural, res_county=c, res_zone=self.res_zone,
                   sector=-1, arrived=self.model.year, productivity=1.0, participation=luck(),
                   low_income=self.low_income, mother=self)

    def kind(self, age):
        """The sector, or what a person without work is."""
        return int(self.model.t["kind"][(2 * (self.sector + 1) + self.sex) * AGES + age]) // LEVELS

    def earn(self):
        """Bring home a wage, a pension, rent and what else there is, to the purse of the household."""
        t, n, c, z, h = self.model.t, self.model.n, self.res_county, self.res_zone, self.hukou_county
        if c == n:
            return
        age = min(100, max(0, self.model.year - self.born))
        cell = KINDS * (2 * c + z) + self.kind(age)
        income = int(self.productivity * t["efficiency"][age]) * t["pay"][LEVELS * cell + self.skill] + t["flat"][cell]
        income += t["right"][4 * h + 2 * (h != c) + (1 if self.hukou_rural and age >= 16 else 0)]
        mother, head = self.mother, self
        if age < 16 and mother is not None and mother.res_county == c and mother.res_zone == z:
            head = mother
        purse = self.model.purses[c, z, hash(head.unique_id) % max(1, int(t["number"][2 * c + z]))]
        purse[0] += income
        purse[1] += 1


class People(mesa.Model):
    """Persons and the tables of a year."""

    def __init__(self, columns, tables, year, n, seed=1):
        super().__init__(rng=seed)
        self.t, self.year, self.n = tables, year, n
        names = [name for name in columns if name not in ("uid", "mother", *RANDOM_COLUMNS)]
        made = [Person(self, mother=None, **dict(zip(names, values, strict=True)))
                for values in zip(*(columns[name].tolist() for name in names), strict=True)]
        for person, row in zip(made, columns["mother"].tolist(), strict=True):
            person.mother = made[row] if 0 <= row < len(made) else None

    def migrate(self):
        """Moving alone."""
        self.agents.shuffle_do("move")

    def live_a_year(self):
        """All person processes of a year, and who is where."""
        self.purses = defaultdict(lambda: [0.0, 0])
        for process in ("earn", "upgrade", "reclassify", "move", "follow", "choose_sector", "live"):
            self.agents.shuffle_do(process)
        self.count()

    def count(self):
        """Who is where, of what age and origin, at what work, with which rights."""
        n, t = self.n, self.t
        self.ages, self.workers, self.labour, self.homes, self.abroad, self.marked = (Counter() for _ in range(6))
        for p in self.agents:
            c, z, h, age = p.res_county, p.res_zone, p.hukou_county, min(100, max(0, self.year - p.born))
            self.homes[h, c, z, p.hukou_rural and age >= 16] += 1
            if c == n:
                if 16 <= age < 60:
                    self.abroad[h, p.hukou_rural, p.skill] += 1
                continue
            self.ages[c, z, 0 if h == c else 2 if h == n else 1, age] += 1
            kind = p.kind(age)
            self.workers[c, z, kind, p.skill, age >= 18] += 1
            self.marked[c, p.minority, p.low_income] += 1
            if p.sector >= 0:
                self.labour[c, z, kind, p.skill] += p.productivity * t["efficiency"][age]


def tables(calls) -> dict:
    """The tables of a year by the names of the kernels' arguments."""
    out = {}
    for call in calls.values():
        out |= call.named(of_persons=False)
    return out
