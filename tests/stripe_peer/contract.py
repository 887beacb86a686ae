"""What Stripe's objects and parameters may look like, read from the installed SDK's own type hints.

Stripe generates the SDK from its API description, so the hints say which fields an object must have and of what kind.
Comes in: a decoded object, or the parameters of a request. Goes out: sentences, one per violation, none when it keeps
the contract. No network, no description of our own that could agree with our own mistakes (stripe.md 1.5, L1b).
"""

import ast
import functools
import importlib.util
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

KINDS = {
    "account": "Account",
    "charge": "Charge",
    "customer": "Customer",
    "event": "Event",
    "refund": "Refund",
}
LISTS = {"charges": "charge", "customers": "customer", "events": "event", "invoices": "invoice", "refunds": "refund"}
PLAIN: dict[str, type] = {"int": int, "str": str, "bool": bool, "float": float, "Decimal": str}
STUB = {"id", "object", "deleted"}


class Hint(NamedTuple):
    """A field's type as the SDK writes it, and the classes that it may name."""

    type: ast.expr
    scope: Mapping[str, ast.ClassDef]

    def of(self, inner: ast.expr) -> "Hint":
        """A part of it."""
        return Hint(inner, self.scope)


def violations(kind: str, found: Mapping[str, Any]) -> list[str]:
    """What is wrong with an object of that kind; the stub of a deleted customer is one of three fields."""
    if found.get("deleted"):
        return [] if set(found) == STUB else [f"{kind}: a deleted one has {sorted(STUB)}, found {sorted(found)}"]
    return list(_of_fields(found, fields(kind), kind))


def unknown(kind: str, found: Mapping[str, Any]) -> list[str]:
    """The fields of an object that the SDK does not know."""
    return sorted(set(found) - set(fields(kind)))


def parameter_violations(stream: str, parameters: Mapping[str, Any]) -> list[str]:
    """What is wrong with the parameters of a list request, written as the SDK takes them: `{"created": {"gte": 1}}`."""
    known = parameters_of(stream)
    strange = [f"{stream}: no parameter {name}" for name in parameters if name not in known]
    ranges = [found for found in parameters.values() if isinstance(found, Mapping)]
    bounds = [f"{stream}.created: no bound {name}" for found in ranges for name in found if name not in BOUNDS]
    limit = parameters.get("limit", 10)
    return strange + bounds + ([] if 1 <= int(limit) <= 100 else [f"{stream}.limit: {limit}, want 1 to 100"])


@functools.cache
def fields(kind: str) -> dict[str, Hint]:
    """The fields of an object of that kind."""
    return _declared(_class(f"_{kind}.py", KINDS[kind]), {})


@functools.cache
def parameters_of(stream: str) -> frozenset[str]:
    """The parameters that a list takes."""
    kind = LISTS[stream]
    declared = _class(f"params/_{kind}_list_params.py", f"{kind.capitalize()}ListParams")
    return frozenset(_declared(declared, {}))


def _class(file: str, name: str) -> ast.ClassDef:
    spec = importlib.util.find_spec("stripe")
    assert spec is not None and spec.origin is not None
    tree = ast.parse((Path(spec.origin).parent / file).read_text("utf-8"))
    return next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)


BOUNDS = frozenset(
    found.target.id
    for found in _class("params/_charge_list_params.py", "ChargeListParamsCreated").body
    if isinstance(found, ast.AnnAssign) and isinstance(found.target, ast.Name)
)
"""The ends that a range of `created` may have."""


def _declared(node: ast.ClassDef, outer: Mapping[str, ast.ClassDef]) -> dict[str, Hint]:
    scope = {**outer, **{inner.name: inner for inner in node.body if isinstance(inner, ast.ClassDef)}}
    return {
        line.target.id: Hint(line.annotation, scope)
        for line in node.body
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.target.id != "OBJECT_NAME"
    }


def _of_fields(found: Mapping[str, Any], hints: Mapping[str, Hint], path: str) -> Iterator[str]:
    for name, hint in hints.items():
        if name in found:
            yield from _of_value(found[name], hint, f"{path}.{name}")
        elif _head(hint.type) != "Optional":
            yield f"{path}.{name}: missing, and the SDK says it is always there"


def _of_value(found: Any, hint: Hint, path: str) -> Iterator[str]:
    head = _head(hint.type)
    if isinstance(hint.type, ast.Subscript):
        yield from _of_generic(found, head, [hint.of(inner) for inner in _arguments(hint.type)], path)
    elif head in PLAIN:
        if not isinstance(found, PLAIN[head]) or (head == "int" and isinstance(found, bool)):
            yield f"{path}: {found!r:.40}, want {head}"
    elif head in hint.scope:
        if isinstance(found, Mapping):
            yield from _of_fields(found, _declared(hint.scope[head], hint.scope), path)
        else:
            yield f"{path}: {found!r:.40}, want an object ({head})"


def _of_generic(found: Any, head: str, inner: list[Hint], path: str) -> Iterator[str]:
    if head == "Optional":
        if found is not None:
            yield from _of_value(found, inner[0], path)
    elif head == "Union":
        if all(any(_of_value(found, choice, path)) for choice in inner):
            yield f"{path}: {found!r:.40} is of none of its types"
    elif head == "Literal":
        if found not in [choice.type.value for choice in inner if isinstance(choice.type, ast.Constant)]:
            yield f"{path}: {found!r:.40} is none of its values"
    elif head in ("List", "list"):
        yield from _of_list(found, inner[0], path)
    elif not _is_shaped(found, head):
        yield f"{path}: {found!r:.40}, want {head}"


def _of_list(found: Any, inner: Hint, path: str) -> Iterator[str]:
    if not isinstance(found, list):
        yield f"{path}: {found!r:.40}, want a list"
        return
    for place, value in enumerate(found):
        yield from _of_value(value, inner, f"{path}[{place}]")


def _is_shaped(found: Any, head: str) -> bool:
    """Whether a value has the outer shape of a type whose inside is another object's own."""
    if head == "ExpandableField":
        return isinstance(found, str | Mapping)
    if head == "ListObject":
        return isinstance(found, Mapping) and found.get("object") == "list"
    return isinstance(found, Mapping) or head not in ("UntypedStripeObject", "Dict")


def _head(hint: ast.expr) -> str:
    """The name that a type begins with."""
    outer = hint.value if isinstance(hint, ast.Subscript) else hint
    return outer.id if isinstance(outer, ast.Name) else str(getattr(outer, "value", ""))


def _arguments(hint: ast.Subscript) -> list[ast.expr]:
    return hint.slice.elts if isinstance(hint.slice, ast.Tuple) else [hint.slice]
