"""What analysts read about customers: the customer table, contacts and groups beside it, priorities and their history.

Lives here: one contract per table, with the description of every column. Not here: how they are computed.
"""

import pandera.polars as pa
import polars as pl

from schemas.base import Contract, Instant, Money, Texts

PRIORITIES = ("high", "medium", "low")
BASES = ("computed", "reported", "none")
CAUSES = ("data", "clock", "undo")
STATUSES = ("active", "potential")
ACCESS = ("pending", "approved", "refused")

ORIGINS = ("file", "stripe", "manual", "captured")
POSITIONS = ("accountant", "sales", "buyer", "finance")
POINT_KINDS = ("email", "phone", "mobile", "address")
_ID = {"sql": "UUID"}


class FoldedCustomers(Contract):
    """One row per customer: the fold of its live contributions, before names of imports are looked up."""

    id_high: pl.UInt64 = pa.Field(description="First half of the customer's id")
    id_low: pl.UInt64 = pa.Field(description="Second half of the customer's id")
    email: str = pa.Field(nullable=True, description="First spelling of the address")
    name: str = pa.Field(nullable=True)
    first_name: str = pa.Field(nullable=True)
    last_name: str = pa.Field(nullable=True)
    company: str = pa.Field(nullable=True)
    phone: str = pa.Field(nullable=True)
    mobile: str = pa.Field(nullable=True)
    address: str = pa.Field(nullable=True)
    postal_code: str = pa.Field(nullable=True)
    city: str = pa.Field(nullable=True)
    region: str = pa.Field(nullable=True)
    country: str = pa.Field(nullable=True)
    external_id: str = pa.Field(nullable=True)
    accounting_code: str = pa.Field(nullable=True)
    vat_number: str = pa.Field(nullable=True)
    account_manager: str = pa.Field(nullable=True)
    dunning_plan: str = pa.Field(nullable=True)
    status: str = pa.Field(nullable=True, isin=STATUSES, description="Newest stated status; null: nobody states one")
    opt_in: bool = pa.Field(nullable=True)
    access_status: str = pa.Field(nullable=True, isin=ACCESS)
    groups: Texts = pa.Field(nullable=True, description="Groups, sorted; null: none")
    total_spent: Money = pa.Field(nullable=True)
    payment_count: int = pa.Field(nullable=True)
    refund_volume: Money = pa.Field(nullable=True)
    reported_monthly_spend: Money = pa.Field(nullable=True)
    first_payment_date: pl.Date = pa.Field(nullable=True)
    last_payment_date: pl.Date = pa.Field(nullable=True)
    sources: Texts = pa.Field(description="Sources, sorted")
    first_import: int = pa.Field(description="Sequence number of the first live import")
    last_import: int = pa.Field(description="Sequence number of the latest live import")

    class Config(Contract.Config):
        unique = ("id_high", "id_low")


class Customers(Contract):
    """One row per customer. A pure function of the ledger: undo and rebuild give the same table.

    What people stated by hand goes before what the columns say of files, until it is released.
    """

    customer_id: str = pa.Field(unique=True, metadata=_ID, description="Stays the same over imports, undo and rebuild")
    email: str = pa.Field(
        nullable=True,
        description="E-mail address in the spelling first seen, unique whatever its case; of a customer whom "
        "something else identifies the newest address, null where it is another customer's",
    )
    name: str = pa.Field(nullable=True, description="Newest non-blank name")
    first_name: str = pa.Field(nullable=True, description="Newest non-blank first name")
    last_name: str = pa.Field(nullable=True, description="Newest non-blank last name")
    company: str = pa.Field(nullable=True, description="Newest non-blank company")
    phone: str = pa.Field(nullable=True, description="Newest valid phone number, E.164")
    mobile: str = pa.Field(nullable=True, description="Newest valid mobile number, E.164")
    address: str = pa.Field(nullable=True, description="Newest non-blank street address")
    postal_code: str = pa.Field(nullable=True, description="Newest non-blank postal code, as text")
    city: str = pa.Field(nullable=True, description="Newest non-blank city")
    region: str = pa.Field(nullable=True, description="Newest non-blank region or state")
    country: str = pa.Field(nullable=True, description="Newest known country, ISO 3166 code")
    external_id: str = pa.Field(nullable=True, description="Newest non-blank reference in the sender's system")
    accounting_code: str = pa.Field(nullable=True, description="Newest non-blank account in the books, as text")
    vat_number: str = pa.Field(nullable=True, description="Newest valid VAT number, compact")
    account_manager: str = pa.Field(nullable=True, description="Newest stated account manager, an e-mail address")
    dunning_plan: str = pa.Field(nullable=True, description="Newest stated dunning plan")
    status: str = pa.Field(
        isin=STATUSES,
        description="Newest stated status; where nobody states one, active who paid or was verified, else potential "
        "(AMB-44)",
    )
    opt_in: bool = pa.Field(
        nullable=True,
        description="Consent to e-mail marketing; a no wins over any yes but a later one with its evidence; "
        "null: nobody said (AMB-37, AMB-38)",
    )
    access_status: str = pa.Field(
        nullable=True, isin=ACCESS, description="Where requests for access stand; null: none was made (MO-11)"
    )
    origin: str = pa.Field(isin=ORIGINS, description="How the customer came first, by the imports that count")
    total_spent: Money = pa.Field(
        nullable=True, description="Everything paid, gross, in the base currency; null: never told"
    )
    payment_count: int = pa.Field(nullable=True, description="Number of payments; null: never told")
    refund_volume: Money = pa.Field(
        nullable=True, description="Everything refunded, in the base currency; null: never told"
    )
    net_spent: Money = pa.Field(nullable=True, description="total_spent less refund_volume")
    reported_monthly_spend: Money = pa.Field(
        nullable=True, description="Newest monthly average that a sender reported; never added up"
    )
    first_payment_date: pl.Date = pa.Field(nullable=True, description="Earliest first payment")
    last_payment_date: pl.Date = pa.Field(nullable=True, description="Latest last payment")
    sources: Texts = pa.Field(description="Sources that contribute, sorted")
    groups: Texts = pa.Field(
        nullable=True, description="Groups in the spelling first seen, sorted, none twice whatever its case; null: none"
    )
    first_import_id: str = pa.Field(description="First import that still contributes")
    last_import_id: str = pa.Field(description="Latest import that still contributes")
    created_at: Instant = pa.Field(description="When the first contributing import started, UTC")
    updated_at: Instant = pa.Field(description="When the latest contributing import started, UTC")


class CustomerExternalIds(Contract):
    """One row per reference that a customer has in the system it comes from; Stripe's ids of customers among them."""

    customer_id: str = pa.Field(metadata=_ID, description="The customer")
    source: str = pa.Field(description="Source whose reference it is")
    external_id: str = pa.Field(description="The reference there; one address may have several (AMB-42)")


class Contacts(Contract):
    """One row per contact of a customer: somebody at a client, with the newest that live rows say of them (UP-07)."""

    contact_id: str = pa.Field(
        unique=True,
        metadata=_ID,
        description="Stays the same over imports, undo and rebuild",
    )
    customer_id: str = pa.Field(metadata=_ID, description="The client whose contact this is")
    email: str = pa.Field(nullable=True, description="E-mail address as first spelled; it tells contacts apart")
    first_name: str = pa.Field(nullable=True, description="Newest non-blank first name")
    last_name: str = pa.Field(nullable=True, description="Newest non-blank last name")
    phone: str = pa.Field(nullable=True, description="Newest valid phone number, E.164")
    mobile: str = pa.Field(nullable=True, description="Newest valid mobile number, E.164")
    reference: str = pa.Field(nullable=True, description="Newest reference in the sender's system (UP-33)")
    position: str = pa.Field(nullable=True, isin=POSITIONS, description="Newest stated position (UP-34)")
    is_primary: bool = pa.Field(
        description="Whether this is the client's main contact: the latest row that names one wins (UP-35, UP-36)"
    )


class RankedContactPoints(Contract):
    """One row per way to reach a customer that a list with several columns of a kind gives (RF-12, RF-18, RF-21)."""

    customer_id: str = pa.Field(metadata=_ID, description="The customer")
    kind: str = pa.Field(isin=POINT_KINDS, description="email, phone (of any type), mobile or address")
    rank: int = pa.Field(ge=1, le=5, description="1 for the row's first value of this kind, 2 for its second one")
    value: str = pa.Field(description="Newest non-blank value of this rank; numbers are E.164")
    raw_value: str = pa.Field(description="The same as its sender wrote it")


class ContactPoints(Contract):
    """One row per way to reach a customer or a contact; secondary addresses never make customers one (AMB-43)."""

    contact_id: str = pa.Field(nullable=True, metadata=_ID, description="The contact; null: the customer's own")
    customer_id: str = pa.Field(metadata=_ID, description="The customer")
    kind: str = pa.Field(isin=POINT_KINDS, description="email, phone (of any type), mobile or address")
    rank: int = pa.Field(ge=1, le=5, description="1 for the value in the customer's or contact's own row, then on")
    value: str = pa.Field(description="The address or number; numbers are E.164")
    raw_value: str = pa.Field(
        nullable=True, description="As its sender wrote it, where a list had several columns of this kind; else null"
    )
    sms_reachable: bool = pa.Field(description="Whether text messages arrive: true for mobile numbers alone (RF-19)")


class CustomerGroups(Contract):
    """One row per customer and group it belongs to, with the row that said so first (UP-24, MO-17)."""

    customer_id: str = pa.Field(metadata=_ID, description="The customer")
    group_id: str = pa.Field(metadata=_ID, description="The group: one whatever the case of its name (PIT-62)")
    name: str = pa.Field(description="Its name in the spelling first seen with this customer")
    reference: str = pa.Field(
        nullable=True, description="Newest reference of the group that a row of this customer gives, naming it alone"
    )
    source: str = pa.Field(description="Source that said so first, of those that count")
    import_id: str = pa.Field(description="Its import")
    row_number: int = pa.Field(ge=1, description="The row there, as the spreadsheet shows it")


class GroupMembers(CustomerGroups):
    """What `customer_groups` and `groups` are made of: the same rows, with their order."""

    position: int = pa.Field(description="Place of that row among all rows of all imports: the lower, the earlier")


class Groups(Contract):
    """One row per group that a customer belongs to; naming a new one in a list creates it (MO-18, AMB-36)."""

    group_id: str = pa.Field(unique=True, metadata=_ID, description="Stays the same over imports, undo and rebuild")
    name: str = pa.Field(description="Its name in the spelling first seen")
    reference: str = pa.Field(nullable=True, description="Its newest reference in a sender's system (UP-24)")
    customer_count: int = pa.Field(ge=1, description="Customers that belong to it")


class LowSpendCandidates(Contract):
    """One row per customer that a low-spend clean-up would remove, the lowest first (AU-38…41); the view has the usual
    threshold of 10.
    """

    customer_id: str = pa.Field(unique=True, description="The customer")
    email: str = pa.Field(nullable=True, description="Its e-mail address")
    name: str = pa.Field(nullable=True, description="Its name")
    total_spent: Money = pa.Field(description="Everything paid; who was never told a total is no candidate (AMB-22)")
    payment_count: int = pa.Field(nullable=True, description="Number of payments")
    last_payment_date: pl.Date = pa.Field(nullable=True, description="Latest payment")
    sources: Texts = pa.Field(description="Sources that contribute")
    reason: str = pa.Field(description="Why it would go")


class ComputedPriorities(Contract):
    """One row per customer: what its priority was computed to be, of which the view `customer_priority` says why."""

    customer_id: str = pa.Field(unique=True, metadata=_ID, description="The customer")
    as_of_date: pl.Date = pa.Field(description="The day the months are counted to")
    priority: str = pa.Field(isin=PRIORITIES, description="high, medium or low")
    monthly_spend: Money = pa.Field(nullable=True, description="Rounded to 0.001; priority compares exactly")
    months: int = pa.Field(nullable=True, ge=1, description="Whole months since the first payment, at least 1")
    basis: str = pa.Field(isin=BASES, description="What it was computed of: computed, reported or none")
    previous_priority: str = pa.Field(nullable=True, isin=PRIORITIES, description="Priority before its latest change")


class CustomerPriority(Contract):
    """One row per customer: its priority on `as_of_date`, the same day for all (AU-42…46)."""

    customer_id: str = pa.Field(unique=True, metadata=_ID, description="The customer")
    email: str = pa.Field(nullable=True, description="Its e-mail address")
    as_of_date: pl.Date = pa.Field(description="The day the months are counted to")
    priority: str = pa.Field(
        isin=PRIORITIES,
        description="high, best opportunities for expansion: 100 a month or more; medium, good potential: 50 or more; "
        "low, lower priority: less",
    )
    monthly_spend: Money = pa.Field(
        nullable=True, description="For reading only, rounded to 0.001; priority compares exactly"
    )
    months: int = pa.Field(nullable=True, ge=1, description="Whole months since the first payment, at least 1")
    basis: str = pa.Field(
        isin=BASES, description="computed: total over months; reported: the sender's average; none: neither"
    )
    reason: str = pa.Field(description="The rule that decided, in words")
    previous_priority: str = pa.Field(nullable=True, isin=PRIORITIES, description="Priority before its latest change")


class CustomerPriorityHistory(Contract):
    """One row per change of a customer's priority, its first one included."""

    customer_id: str = pa.Field(metadata=_ID, description="The customer")
    as_of_date: pl.Date = pa.Field(description="The day the months were counted to")
    priority: str = pa.Field(isin=PRIORITIES, description="The priority from then on")
    monthly_spend: Money = pa.Field(nullable=True, description="Monthly spend at that moment")
    cause: str = pa.Field(
        isin=CAUSES, description="data: new data; clock: only time passed; undo: an import was undone"
    )
    change_number: int = pa.Field(description="Order of the changes")


class CustomerConsents(Contract):
    """One row per statement about a customer's consent to e-mail marketing that counts now (MO-05, AMB-38)."""

    customer_id: str = pa.Field(metadata=_ID, description="The customer")
    opt_in: bool = pa.Field(description="What was stated: yes or no; what states neither is no row")
    stated_at: Instant = pa.Field(
        description="When it was stated: the event's instant; of a list the day that the row gives for a yes, else the "
        "start of its import"
    )
    evidence: str = pa.Field(
        nullable=True, description="Where and how it was given; a yes with evidence lifts an earlier no, no other does"
    )
    source: str = pa.Field(description="Source that says so")
    import_id: str = pa.Field(description="Its import")
    row_number: int = pa.Field(ge=1, description="The row there, as the spreadsheet shows it; of events the line")


class AccessRequests(Contract):
    """One row per request for access of a captured customer that counts now, and what was decided about it (MO-11)."""

    customer_id: str = pa.Field(metadata=_ID, description="Who asks")
    requested_at: Instant = pa.Field(description="When, as the event says")
    status: str = pa.Field(isin=ACCESS, description="pending, approved or refused, by the latest decision about it")
    decided_by: str = pa.Field(nullable=True, description="Who decided; null: nobody yet")
    decided_at: Instant = pa.Field(nullable=True, description="When it was decided")
    source: str = pa.Field(description="Source of the event")
    import_id: str = pa.Field(description="Its import")
    row_number: int = pa.Field(ge=1, description="Its line there")
