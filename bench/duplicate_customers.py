"""Customers of whom it is known who is who: as many as are asked for, some of them twice, many of them alike.

Lives here: the people, and what becomes of one who is written down twice. Names, towns and companies are as uneven as
real ones (the first tenth of them is a third of all); numbers and seeds are fixed, so that each run makes
the same. Who is no duplicate, and looks it: families at one address with one phone, desks with one `info@` address,
branches of one company, namesakes in one town.
"""

import random
from collections.abc import Iterator

import polars as pl

from schemas.wordlists import wordlist

SYLLABLES = [
    "ba",
    "be",
    "bo",
    "da",
    "de",
    "do",
    "fa",
    "ga",
    "go",
    "ha",
    "ka",
    "ko",
    "la",
    "le",
    "lo",
    "ma",
    "me",
    "mo",
    "na",
    "ne",
    "no",
    "pa",
    "po",
    "ra",
    "re",
    "ro",
    "sa",
    "se",
    "so",
    "ta",
    "te",
    "to",
    "va",
    "vo",
    "wa",
    "za",
    "zo",
]
PROVIDERS = ("example.com", "example.net", "example.org", "mail.example.com", "post.example.org")


class People:
    """Draws customers one after the other."""

    def __init__(self, count: int, seed: int = 7) -> None:
        self.random = random.Random(seed)
        given = sorted({line["meaning"].capitalize() for line in wordlist("given_name_variants")})
        self.short: dict[str, list[str]] = {}
        for line in wordlist("given_name_variants"):
            self.short.setdefault(line["meaning"].capitalize(), []).append(line["word"].capitalize())
        self.random.shuffle(given)
        self.given = given
        self.taken: set[str] = set()
        self.last = [self._word(2, 4) for _ in range(max(500, count // 20))]
        self.towns = [self._word(2, 3) for _ in range(max(40, count // 400))]
        self.companies = [self._word(3, 4) for _ in range(max(100, count // 15))]
        self.streets = [self._word(2, 4) for _ in range(max(100, count // 200))]

    def _word(self, least: int, most: int) -> str:
        return "".join(self.random.choice(SYLLABLES) for _ in range(self.random.randint(least, most))).capitalize()

    def _uneven(self, values: list[str]) -> str:
        """A value; the first ones come far more often."""
        return values[int(len(values) * self.random.random() ** 2)]

    def person(self) -> dict[str, str | None]:
        """A customer; one in three says no town, one in four no phone, as lists are."""
        draw = self.random.random
        first, last, town = self._uneven(self.given), self._uneven(self.last), self._uneven(self.towns)
        return {
            "first_name": first,
            "last_name": last,
            "email": self._address(first.lower(), last.lower()) if draw() < 0.8 else None,
            "phone": f"+331{self.random.randint(10**7, 10**8 - 1)}" if draw() < 0.75 else None,
            "company": f"{self._uneven(self.companies)} {self.random.choice(('SARL', 'GmbH', 'Sp. z o.o.', 'Ltd'))}"
            if draw() < 0.2
            else None,
            "address": f"{self.random.randint(1, 150)} rue {self._uneven(self.streets)}" if draw() < 0.6 else None,
            "postal_code": f"{10000 + hash_of(town) % 800 * 100 + self.random.randint(0, 9) * 10}"
            if draw() < 0.6
            else None,
            "city": town if draw() < 0.66 else None,
        }

    def _address(self, first: str, last: str) -> str:
        """An address that nobody has yet; whoever finds it taken puts a number behind it."""
        while True:
            mailbox = self.random.choice((f"{first}.{last}", f"{first[0]}{last}", f"{last}.{first}"))
            number = (
                "" if self.random.random() < 0.3 else str(self.random.randint(1, self.random.choice((9, 99, 9999))))
            )
            address = f"{mailbox}{number}@{self.random.choice(PROVIDERS)}"
            if address not in self.taken:
                self.taken.add(address)
                return address

    def again(self, person: dict[str, str | None]) -> dict[str, str | None]:
        """The same one, written down by somebody else: misspelled, shortened, moved, elsewhere reached, half blank."""
        copy = dict(person)
        choose = self.random.choice
        for fault in self.random.sample(
            ("slip", "short", "blank", "mail", "phone", "moved", "swap", "accent", "form"), k=self.random.randint(1, 3)
        ):
            if fault == "slip":
                field = choose(("first_name", "last_name", "email", "city"))
                copy[field] = self._slip(copy[field])
            elif fault == "short" and person["first_name"] in self.short:
                copy["first_name"] = choose(self.short[str(person["first_name"])])
            elif fault == "blank":
                copy[choose(("first_name", "city", "phone", "address", "postal_code"))] = None
            elif fault == "mail":
                copy["email"] = f"{self._word(3, 4).lower()}@{choose(PROVIDERS)}"
            elif fault == "phone":
                copy["phone"] = f"+336{self.random.randint(10**7, 10**8 - 1)}"
            elif fault == "moved":
                moved = self.person()
                copy |= {name: moved[name] for name in ("address", "postal_code", "city")}
            elif fault == "swap":
                copy["first_name"], copy["last_name"] = copy["last_name"], copy["first_name"]
            elif fault == "accent" and copy["last_name"]:
                copy["last_name"] = copy["last_name"].replace("o", "ó").replace("l", "ł")
            elif fault == "form" and copy["company"]:
                copy["company"] = copy["company"].split(" ")[0].upper()
        return copy

    def relative(self, person: dict[str, str | None]) -> dict[str, str | None]:
        """Another one of the same family: same name, home and phone."""
        others = [name for name in self.given if name[0] != str(person["first_name"])[0]]
        return person | {"first_name": self._uneven(others), "email": self.person()["email"]}

    def colleague(self, person: dict[str, str | None]) -> dict[str, str | None]:
        """Another one of the same company, in another town."""
        return self.person() | {"company": person["company"]}

    def _slip(self, word: str | None) -> str | None:
        if not word or len(word) < 4:
            return word
        place = self.random.randrange(1, len(word) - 1)
        return self.random.choice(
            (
                word[:place] + word[place + 1 :],
                word[:place] + word[place + 1] + word[place] + word[place + 2 :],
                word[:place] + word[place] * 2 + word[place + 1 :],
            )
        )


def hash_of(text: str) -> int:
    """A number of a text, the same in each run."""
    return sum(ord(letter) * 31**place for place, letter in enumerate(text)) % 10_007


def customers(count: int, twice: float = 0.05, alike: float = 0.1) -> pl.DataFrame:
    """So many customers: the columns of a list, `customer_id`, and `who`, which is the same for the same person."""
    people = People(count)
    return pl.DataFrame([*_rows(people, count, twice, alike)][:count], infer_schema_length=None)


def _rows(people: People, count: int, twice: float, alike: float) -> Iterator[dict[str, object]]:
    number = 0
    for who in range(count):
        person = people.person()
        several = [(person, who)]
        if people.random.random() < twice:
            several.append((people.again(person), who))
        if people.random.random() < alike:
            other = people.colleague(person) if person["company"] else people.relative(person)
            several.append((other, count + who))
        for each, identity in several:
            yield {"customer_id": f"{number:012d}", "who": identity} | each
            number += 1
        if number >= count:
            return
