"""Payment lists: which payments count, and what one of them adds."""

from datetime import date
from decimal import Decimal

import pytest

from pipelines.errors import FileRefused
from pipelines.mapping.map_columns import map_columns
from pipelines.reading.read_file import read_file
from pipelines.validation.validate import ValidationResult, validate
from tests.support.factories import codes_by_row, terms, validated

ON = terms("payments")
TITLES = "email,amount,date,status,refunded amount"
Added = tuple[str | None, int | None, str | None, date | None]


def added(*cells: str) -> Added:
    """What one payment adds: total, count, refunds, day."""
    accepted = validated(f"{TITLES}\na@x.fr,{','.join(cells)}\n", ON).accepted
    columns = ("total_spent", "payment_count", "refund_volume", "last_payment_date")
    total, count, refunds, day = accepted.select(columns).row(0)
    assert accepted["first_payment_date"].to_list() == [day]
    return _short(total), count, _short(refunds), day


def _short(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount.normalize():f}"


DAY = date(2024, 5, 1)


@pytest.mark.parametrize(
    ("amount", "status", "refunded", "expected"),
    [
        ("10.50", "paid", "", ("10.5", 1, None, DAY)),
        ("10.50", "", "", ("10.5", 1, None, DAY)),
        ("0", "paid", "", ("0", 1, None, DAY)),
        ("10.50", "refunded", "10.50", ("10.5", 1, "10.5", DAY)),
        ("10.50", "Partially refunded", "4", ("10.5", 1, "4", DAY)),
        ("10.50", "paid", "-4", ("10.5", 1, "4", DAY)),
        ("10.50", "paid", "0", ("10.5", 1, "0", DAY)),
        ("-4", "paid", "", ("0", 0, "4", None)),
        ("-4", "", "4", ("0", 0, "4", None)),
        ("-4", "failed", "", ("0", 0, None, None)),
        ("10.50", "failed", "", ("0", 0, None, None)),
        ("10.50", "Annulé", "10.50", ("0", 0, None, None)),
        ("10.50", "pending", "", ("0", 0, None, None)),
        ("10.50", "refunded", "", ("10.5", 1, "10.5", DAY)),
        ("10.50", "refunded", "0", ("10.5", 1, "10.5", DAY)),
        ("10.50", "refunded", "4", ("10.5", 1, "4", DAY)),
        ("-4", "refunded", "", ("0", 0, "4", None)),
    ],
)
def test_a_payment_adds_its_amount_a_count_of_one_and_its_day(
    amount: str, status: str, refunded: str, expected: Added
) -> None:
    assert added(amount, "2024-05-01", status, refunded) == expected


def test_a_list_without_status_and_refund_columns_counts_every_payment() -> None:
    accepted = validated("email,amount,date\na@x.fr,5,2024-05-01\na@x.fr,-2,2024-05-02\n", ON).accepted
    assert accepted["payment_count"].to_list() == [1, 0]
    assert accepted["refund_volume"].to_list() == [None, Decimal(2)]


def test_a_payment_of_unknown_status_is_rejected_and_the_others_are_not() -> None:
    verdict = validated(f"{TITLES}\na@x.fr,5,2024-05-01,maybe,\na@x.fr,7,2024-05-02,paid,\n", ON)
    assert codes_by_row(verdict) == {2: ["UNKNOWN_PAYMENT_STATUS"]}
    assert verdict.amount_accepted == 7


@pytest.mark.rule("AMB-17")
def test_refunds_leave_the_gross_total_alone() -> None:
    verdict = validated(f"{TITLES}\na@x.fr,100,2024-05-01,paid,30\na@x.fr,-20,2024-05-02,paid,\n", ON)
    assert verdict.amount_accepted == 100
    assert verdict.accepted["refund_volume"].sum() == 50


def test_a_payment_keeps_its_id_so_that_it_counts_once_downstream() -> None:
    text = "email,amount,date,Invoice ID\na@x.fr,5,2024-05-01,F-1\nb@x.fr,5,2024-05-01,\n"
    assert validated(text, ON).accepted["payment_id"].to_list() == ["F-1", None]


@pytest.mark.parametrize("cells", [",2024-05-01,paid,", "5,,paid,", ",,,"])
def test_amount_and_day_are_required_of_every_payment(cells: str) -> None:
    codes = codes_by_row(validated(f"{TITLES}\na@x.fr,{cells}\n", ON))[2]
    assert set(codes) == {"MISSING_REQUIRED_FIELD"}
    assert len(codes) == cells.split(",")[:2].count("")


@pytest.mark.rule("PIT-103")
def test_a_payment_refunded_without_an_amount_is_refunded_whole_and_told() -> None:
    verdict = validated(f"{TITLES}\na@x.fr,60,2024-05-01,refunded,\nb@x.fr,5,2024-05-01,refunded,5\n", ON)
    assert verdict.accepted["refund_volume"].to_list() == [Decimal(60), Decimal(5)]
    assert [note.code for note in verdict.warnings] == ["REFUNDED_WHOLE"]


@pytest.mark.rule("PIT-103")
@pytest.mark.parametrize(
    ("titles", "cells"),
    [
        ("status,refunded amount", "partially refunded,"),
        ("status,refunded amount", "partially refunded,0.00"),
        ("status", "Partially paid"),
        ("status,due", "partially paid,0"),
        ("status,due", "partially paid,200"),
        ("status,paid so far", "partially paid,"),
        ("status,paid so far", "partially paid,0"),
    ],
)
def test_a_part_without_its_amount_is_rejected_never_counted_whole(titles: str, cells: str) -> None:
    mapping = {title: field for title, field in PARTS.items() if title in titles}
    verdict = validated(f"email,amount,date,{titles}\na@x.fr,200,2024-05-01,{cells}\n", ON, mapping)
    assert codes_by_row(verdict) == {2: ["PARTIAL_AMOUNT_MISSING"]}


PARTS = {"due": "amount_due", "paid so far": "paid_amount"}


@pytest.mark.rule("PIT-104")
@pytest.mark.parametrize(
    ("status", "due", "paid_so_far", "expected"),
    [
        ("partially paid", "150", "", ("50", 1)),
        ("partially paid", "", "50", ("50", 1)),
        ("open", "150", "", ("50", 1)),
        ("overdue", "200", "", ("0", 0)),
        ("open", "", "", ("0", 0)),
        ("draft", "150", "", ("0", 0)),
        ("paid", "", "", ("200", 1)),
        ("paid", "0", "", ("200", 1)),
        ("paid", "150", "", ("50", 1)),
        ("", "200", "", ("0", 0)),
        ("", "-10", "", ("210", 1)),
        ("", "100", "50", ("50", 1)),
    ],
)
def test_what_is_still_due_is_not_paid(status: str, due: str, paid_so_far: str, expected: tuple[str, int]) -> None:
    text = f"email,amount,date,status,due,paid so far\na@x.fr,200,2024-05-01,{status},{due},{paid_so_far}\n"
    accepted = validated(text, ON, PARTS).accepted
    assert (_short(accepted["total_spent"][0]), accepted["payment_count"][0]) == expected


@pytest.mark.rule("PIT-104")
@pytest.mark.parametrize("cells", ["80,90", "-80,-90", "-80,10", "0,5"])
def test_more_due_than_the_amount_is_rejected(cells: str) -> None:
    verdict = validated(f"email,date,amount,due\na@x.fr,2024-05-01,{cells}\n", ON, {"due": "amount_due"})
    assert codes_by_row(verdict) == {2: ["AMOUNT_DUE_TOO_LARGE"]}


@pytest.mark.rule("PIT-104")
def test_an_open_credit_note_is_no_refund_yet() -> None:
    text = "email,date,amount,due\na@x.fr,2024-05-01,-80,-80\na@x.fr,2024-05-01,-80,0\n"
    accepted = validated(text, ON, {"due": "amount_due"}).accepted
    assert accepted["refund_volume"].to_list() == [None, Decimal(80)]


@pytest.mark.rule("PIT-103")
@pytest.mark.parametrize("cells", ["70,,voided", ",,pending", "70,2031-01-01,pending", "abc,soon,cancelled"])
def test_a_payment_that_does_not_count_needs_neither_amount_nor_day(cells: str) -> None:
    verdict = validated(f"email,amount,date,status\na@x.fr,{cells}\nb@x.fr,5,2024-05-01,paid\n", ON)
    assert (codes_by_row(verdict), verdict.amount_accepted) == ({}, 5)


def test_a_payment_that_counts_needs_them_all_the_same() -> None:
    verdict = validated("email,amount,date,status\na@x.fr,70,,paid\nb@x.fr,5,2031-01-01,refunded\n", ON)
    assert codes_by_row(verdict) == {2: ["MISSING_REQUIRED_FIELD"], 3: ["DATE_IN_FUTURE"]}


ORDERS = "Name,Email,Financial Status,Paid at,Total,Created at,Lineitem name,Id\n"


@pytest.mark.rule("PIT-110")
def test_items_of_an_order_are_details_of_the_row_above_and_no_rejects() -> None:
    orders = "".join(
        f"#{n},b{n}@x.fr,paid,2024-05-01,75.00,2024-05-01,Mug,8{n}\n#{n},b{n}@x.fr,,,,2024-05-01,Tea,\n#{n},,,,,,Cup,\n"
        for n in range(1000, 1008)
    )
    verdict = mapped(ORDERS + orders)
    assert (verdict.accepted.height, verdict.set_aside, verdict.rejected.height) == (8, 16, 0)
    assert verdict.amount_accepted == 600
    assert [note.code for note in verdict.warnings if "ITEM" in note.code] == ["ITEM_ROWS"]


@pytest.mark.rule("PIT-110")
@pytest.mark.parametrize(
    "row",
    [
        "#1001,b1@x.fr,,,,2024-05-01,Tea,",
        "#1000,b2@x.fr,,,,2024-05-01,Tea,",
        "#1000,b1@x.fr,paid,,,2024-05-01,Tea,",
        "#1000,b1@x.fr,,2024-05-02,,2024-05-01,Tea,",
        "#1000,b1@x.fr,,,5,2024-05-01,Tea,",
        ",b1@x.fr,,,,2024-05-01,Tea,",
    ],
)
def test_a_payment_that_merely_lacks_its_amount_is_rejected(row: str) -> None:
    verdict = mapped(f"{ORDERS}#1000,b1@x.fr,paid,2024-05-01,75.00,2024-05-01,Mug,81\n{row}\n")
    assert (list(codes_by_row(verdict)), verdict.set_aside) == ([3], 0)


def test_an_item_may_repeat_the_day_of_its_order_where_it_tells_of_an_item() -> None:
    first = "B-1,b1@x.fr,2024-05-01,75.00,Mug,1\n"
    titles = "Order number,Email,Date,Total,Product,Quantity\n"
    assert mapped(f"{titles}{first}B-1,b1@x.fr,2024-05-01,,Tea,1\n").set_aside == 1
    assert mapped(f"{titles}{first}B-1,b1@x.fr,2024-05-02,,Tea,1\n").set_aside == 0
    assert mapped("Order number,Email,Date,Total\nB-1,b1@x.fr,2024-05-01,7\nB-1,b1@x.fr,2024-05-01,\n").set_aside == 0


DUE = "email,date,Total,{}\na@x.fr,2024-05-01,299,0\na@x.fr,2024-05-02,500,300\na@x.fr,2024-05-03,80,80\n"


@pytest.mark.matrix(2)
@pytest.mark.rule("PIT-104")
@pytest.mark.parametrize(
    "title",
    [
        "Amount due|Balance due|Outstanding balance|AmountDue|Amount Due (USD)|Open balance|Due|Unpaid|Balance",
        "Montant dû|MONTANT DU|Montant du|Montant dû TTC|Solde dû|Reste à payer|Restant dû|Net à payer|Impayé|Solde",
        "Offener Betrag|Restbetrag|Offen|Noch zu zahlen|Fälliger Betrag|Offener Saldo|Saldo",
        "Do zapłaty|Pozostało do zapłaty|Kwota do zapłaty|Należność|Zaległość",
        "Importe pendiente|Pendiente de pago|Saldo pendiente|Por cobrar|Importe adeudado",
        "Da pagare|Importo dovuto|Residuo|Importo residuo|Da incassare",
        "Openstaand bedrag|Te betalen|Nog te betalen|Openstaand",
        "Valor em aberto|Valor em dívida|Por liquidar|Saldo devedor|Em falta",
    ],
)
def test_what_is_due_is_known_by_its_title_in_eight_languages(title: str) -> None:
    for each in title.split("|"):
        verdict = mapped(DUE.format(each))
        assert verdict.accepted["total_spent"].to_list() == [299, 200, 0], each
        assert verdict.accepted["payment_count"].to_list() == [1, 1, 0], each


def test_the_balance_of_an_account_is_nothing_due() -> None:
    text = "email,date,Total,Balance\na@x.fr,2024-05-01,100,100\na@x.fr,2024-05-02,50,150\na@x.fr,2024-05-03,5,0\n"
    assert mapped(text).amount_accepted == 155


@pytest.mark.rule("PIT-104")
@pytest.mark.parametrize("title", ["Amount due", "Montant dû", "Montant du", "Do zapłaty", "Offener Betrag", "Due"])
def test_a_list_of_nothing_but_what_is_due_is_refused_with_the_choice(title: str) -> None:
    text = f"email,date,{title}\na@x.fr,2024-05-01,299\nb@x.fr,2024-05-02,5\n"
    with pytest.raises(FileRefused) as refused:
        mapped(text)
    assert refused.value.reason.code == "ONLY_AMOUNT_DUE"
    assert mapped(text, {title: "amount"}).amount_accepted == 304


@pytest.mark.rule("PIT-104")
def test_what_was_to_pay_is_the_amount_where_a_status_says_whether_it_was_paid() -> None:
    titles = "email,date,Do zapłaty,Status\n"
    verdict = mapped(f"{titles}a@x.fr,2024-05-01,299,Opłacona\nb@x.fr,2024-05-02,5,Nieopłacona\n")
    assert verdict.amount_accepted == 299
    with pytest.raises(FileRefused, match="ONLY_AMOUNT_DUE"):
        mapped(f"{titles}a@x.fr,2024-05-01,0,Opłacona\nb@x.fr,2024-05-02,5,Nieopłacona\n")


def test_an_amount_that_was_paid_is_no_total_of_which_more_is_due() -> None:
    verdict = mapped(
        "email,date,Total,Amount paid,Amount due,Status\n"
        "a@x.fr,2024-05-01,500,200,300,Partially paid\n"
        "a@x.fr,2024-05-01,100,100,0,Paid\n"
        "a@x.fr,2024-05-01,90,0,90,Overdue\n"
        "a@x.fr,2024-05-01,90,40,50,Overdue\n"
    )
    assert (verdict.amount_accepted, verdict.accepted["payment_count"].sum(), codes_by_row(verdict)) == (340, 3, {})


@pytest.mark.rule("PIT-103")
@pytest.mark.parametrize(
    ("title", "yes", "no"),
    [
        ("Paid", "yes", "no"),
        ("Paid?", "1", "0"),
        ("Is paid", "TRUE", "FALSE"),
        ("Payé", "oui", "non"),
        ("Bezahlt", "ja", "nein"),
        ("Opłacone", "tak", "nie"),
        ("Pagado", "sí", "no"),
        ("Pagato", "Sì", "No"),
        ("Betaald", "ja", "nee"),
        ("Pago", "sim", "não"),
    ],
)
def test_a_yes_below_paid_is_a_status(title: str, yes: str, no: str) -> None:
    text = f"email,date,Total,{title}\na@x.fr,2024-05-01,299,{yes}\na@x.fr,2024-05-02,500,{no}\n"
    assert mapped(text).amount_accepted == 299


def mapped(text: str, mapping: dict[str, str] | None = None) -> ValidationResult:
    """The verdict on a payment list, mapped with its values as an import does it."""
    sheet = read_file(text.encode(), "en")
    return validate(sheet, map_columns(sheet.titles, ON.profile, mapping, rows=sheet.rows), ON)


def test_a_row_of_unknown_status_is_told_of_its_other_faults_too() -> None:
    verdict = mapped("email,amount,date,status\na@x.fr,12,2024-01-05,paid\nb@x.fr,abc,soon,mysterious\n")
    assert codes_by_row(verdict) == {3: ["INVALID_NUMBER", "INVALID_DATE", "UNKNOWN_PAYMENT_STATUS"]}
