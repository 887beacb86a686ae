"""Bytes to text: marks, UTF-16, old encodings, lines that are not what the rest is; never a wrong letter."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import FileRefused, WrongUse
from pipelines.language.languages import languages_of_country, languages_of_currency
from pipelines.models.sheet import ReadingOptions
from pipelines.reading.text.csv_reader import read_delimited
from pipelines.reading.text.encodings import to_text
from pipelines.reading.text.legacy_encodings import find_encoding

FRENCH = "e-mail;nom;ville\n" + "".join(
    f"a{n}@x.fr;{name};Orléans\n"
    for n, name in enumerate(("Hélène Lefèvre", "Benoît Forêt", "François Gérard", "Zoé Mérière", "Noël Crème"))
)
POLISH = "e-mail;nazwa;miasto\n" + "".join(
    f"a{n}@x.pl;{name};Łódź\n" for n, name in enumerate(("Wałęsa", "Dąbrowska", "Woźniak", "Wiśniewski", "Żółkiewski"))
)
UTF8 = "email,name\n" + "".join(f"a{n}@x.fr,Zoé\n" for n in range(9))


def read(content: bytes, encoding: str | None = None) -> object:
    return read_delimited(content, told=ReadingOptions(encoding=encoding)).rows.rows()


def code(content: bytes) -> str:
    with pytest.raises(FileRefused) as refused:
        read_delimited(content)
    return refused.value.reason.code


@pytest.mark.rule("PIT-01", "PIT-02")
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [FRENCH, POLISH, FRENCH.replace("\n", "\r\n"), POLISH.replace("\n", "\r")])
def test_unicode_text_is_read_whatever_its_form(codec: str, text: str) -> None:
    assert read(text.encode(codec)) == read(text.encode())


@pytest.mark.rule("AMB-29", "PIT-03")
@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (FRENCH, "cp1252"),
        (FRENCH, "iso-8859-15"),
        (FRENCH, "mac-roman"),
        (FRENCH.replace("\n", " €\n"), "cp1252"),
        (POLISH, "cp1250"),
        (POLISH, "iso-8859-2"),
        (POLISH, "cp852"),
    ],
)
def test_an_old_encoding_is_told_by_its_letters_and_said_to_be_guessed(text: str, codec: str) -> None:
    sheet = read_delimited(text.encode(codec))
    assert sheet.rows.rows() == read(text.encode())
    assert [note.code for note in sheet.warnings] == ["ENCODING_GUESSED"]
    assert sheet.dialect.evidence == sheet.warnings[0].sentence("en")


@pytest.mark.rule("AMB-29")
@pytest.mark.parametrize(
    "content",
    [
        "имя;город\nАнна;Москва\nПётр;Тула\n".encode("cp1251"),
        "όνομα;πόλη\nΆννα;Αθήνα\nΠέτρος;Βόλος\n".encode("cp1253"),
        "名前;都市\n花子;東京\n太郎;大阪\n".encode("shift_jis"),
        "email;nom\na@x.fr;D\xeabski\n".encode("cp1252"),
        b"email;nom\na@x.fr;\xfd\xfe\xf0\n",
    ],
    ids=["cyrillic", "greek", "japanese", "two_readings", "no_sense"],
)
def test_what_cannot_be_told_is_refused_and_no_letter_is_wrong(content: bytes) -> None:
    assert code(content) == "ENCODING_UNDECIDABLE"


@pytest.mark.rule("PIT-04")
def test_utf_8_but_for_a_line_sets_that_row_aside_with_its_byte() -> None:
    sheet = read_delimited(UTF8.encode() + b"z@x.fr,L\xe9a\n")
    assert sheet.rows.height == 9
    assert sheet.faulty.rows() == [(11, "ENCODING_ERROR", "0xe9 @ 9", ["z@x.fr", "L\\xe9a"])]
    assert sheet.dialect.evidence


@pytest.mark.rule("PIT-04")
def test_a_utf_8_line_amid_an_old_encoding_is_set_aside_never_mojibake() -> None:
    sheet = read_delimited(POLISH.encode("cp1250") + "z@x.pl;Michał;Łódź\n".encode())
    assert sheet.dialect.encoding == "cp1250"
    assert sheet.rows.height == 5
    assert sheet.faulty.select("row_number", "code").rows() == [(7, "ENCODING_ERROR")]


@pytest.mark.rule("PIT-04")
def test_a_few_lines_of_an_unknown_encoding_cost_their_rows_only() -> None:
    sheet = read_delimited(b"email,name\n" + b"a@x.fr,Ann\n" * 99 + b"z@x.fr,\x80\x9d\xfe\n")
    assert (sheet.rows.height, sheet.faulty["row_number"].to_list()) == (99, [101])


@pytest.mark.rule("PIT-04")
def test_titles_that_are_not_text_refuse_the_file() -> None:
    assert code(b"email,pr\xe9nom\n" + UTF8.encode().split(b"\n", 1)[1]) == "ENCODING_UNDECIDABLE"


@pytest.mark.rule("PIT-18")
def test_a_row_with_a_nul_is_set_aside() -> None:
    sheet = read_delimited(b"email,name\na@x.fr,Zo\0\nb@x.fr,Max\n")
    assert sheet.faulty.rows() == [(2, "ENCODING_ERROR", "NUL", ["a@x.fr", "Zo\\x00"])]
    assert sheet.rows.rows() == [(3, "b@x.fr", "Max")]


@pytest.mark.rule("PIT-04", "PIT-09")
def test_a_fault_in_a_record_over_several_lines_is_that_records() -> None:
    sheet = read_delimited(b'email,name\na@x.fr,"one\ntwo\0"\nb@x.fr,Max\n')
    assert sheet.faulty["row_number"].to_list() == [2]
    assert sheet.rows.rows() == [(3, "b@x.fr", "Max")]


@pytest.mark.rule("PIT-04")
@pytest.mark.parametrize("codec", ["cp1252", "cp1250"])
@pytest.mark.parametrize("word", ["Zoé", "Łódź", "Société"])
def test_text_that_was_encoded_twice_is_kept_and_told(codec: str, word: str) -> None:
    try:
        twice = word.encode().decode(codec)
    except UnicodeDecodeError:
        pytest.skip("these letters cannot be read in this encoding")
    sheet = read_delimited(f"email,name\na@x.fr,{twice}\n".encode())
    assert sheet.rows.rows() == [(2, "a@x.fr", twice)]
    assert [note.code for note in sheet.warnings] == ["ENCODED_TWICE"]


@pytest.mark.rule("PIT-03")
def test_a_told_encoding_wins() -> None:
    assert read("email;nom\na@x.fr;Dêbski\n".encode("cp1252"), "cp1252") == [(2, "a@x.fr", "Dêbski")]
    assert read("email;nom\na@x.pl;Dębski\n".encode("cp1250"), "cp1250") == [(2, "a@x.pl", "Dębski")]


@pytest.mark.rule("PIT-04")
def test_lines_that_are_not_in_the_told_encoding_are_set_aside() -> None:
    sheet = read_delimited(b"email,name\na@x.fr,Zo\x81\nb@x.fr,Max\n", told=ReadingOptions(encoding="cp1252"))
    assert sheet.faulty.select("row_number", "found").rows() == [(2, "0x81 @ 10")]


@pytest.mark.parametrize("encoding", ["cp9999", "hex", "UTF-9"])
def test_a_told_encoding_that_does_not_exist_is_wrong_use(encoding: str) -> None:
    with pytest.raises(WrongUse, match=encoding):
        read_delimited(b"email\na@x.fr\n", told=ReadingOptions(encoding=encoding))


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r\ufeff")))
def test_any_utf_8_text_stays_as_it_is(text: str) -> None:
    assert to_text(text.encode()).text == text.encode()


@pytest.mark.rule("AMB-29")
@given(content=st.binary(max_size=60))
def test_any_bytes_become_text_or_are_refused_and_nothing_is_replaced(content: bytes) -> None:
    try:
        decoded = to_text(content)
    except FileRefused as refused:
        assert refused.reason.code == "ENCODING_UNDECIDABLE"
    else:
        assert (
            "\ufffd" not in decoded.text.decode("utf-8") or "\ufffd".encode() in content or decoded.encoding != "utf-8"
        )


def test_without_a_letter_nothing_is_guessed() -> None:
    assert find_encoding([b"abc"]) is None


SHORT_LISTS = {
    "fr": ("Prénom;Nom;E-mail;Montant\nÉlodie;Lebœuf;e@x.fr;12,50 €\n", ("cp1252", "iso-8859-15")),
    "pl": ("Imię;Nazwisko;E-mail;Miasto\nZofia;Wójcik;z@x.pl;Łódź\n", ("cp1250", "iso-8859-2")),
    "de": ("Vorname;Nachname;E-Mail;Straße\nJürgen;Weiß;j@x.de;Lindenstraße 8\n", ("cp1252", "iso-8859-15")),
    "es": ("Nombre;Apellidos;Correo electrónico;Teléfono\nÍñigo;Muñoz;i@x.es;1\n", ("cp1252", "iso-8859-1")),
}


@pytest.mark.rule("PIT-03")
@pytest.mark.parametrize(
    ("text", "encoding"),
    [(text, encoding) for text, encodings in SHORT_LISTS.values() for encoding in encodings],
    ids=[f"{language}-{encoding}" for language, (_, encodings) in SHORT_LISTS.items() for encoding in encodings],
)
def test_the_titles_say_which_language_a_short_list_is_in(text: str, encoding: str) -> None:
    decoded = to_text(text.encode(encoding))
    assert decoded.text.decode() == text
    assert [note.code for note in decoded.warnings] == ["ENCODING_GUESSED"]


@pytest.mark.rule("AMB-29")
@pytest.mark.parametrize(
    ("spoken", "encoding", "name"),
    [("fr", "cp1252", "Gaëlle Lefèvre"), ("pl", "cp1250", "Bożena Gąska"), ("pl", "iso-8859-2", "Bożena Śliwa")],
)
def test_the_language_of_the_sender_decides_a_list_of_one_name(spoken: str, encoding: str, name: str) -> None:
    text = f"email,name\na@example.com,{name}\n"
    assert to_text(text.encode(encoding), spoken=spoken).text.decode() == text


def test_a_letter_that_the_senders_language_does_not_have_leaves_it_undecided() -> None:
    with pytest.raises(FileRefused, match="ENCODING_UNDECIDABLE"):
        to_text("email,name\na@example.com,Łucja\n".encode("cp1250"), spoken="fr")


@pytest.mark.rule("PIT-04")
def test_a_line_that_the_old_encoding_does_not_know_is_a_fault() -> None:
    lines = POLISH.encode("cp1250").splitlines()
    odd = "ze\u0301@x.pl;Ze\u0301;Praga".encode()
    decoded = to_text(b"\n".join([*lines[:3], odd, *lines[3:]]))
    assert (decoded.encoding, list(decoded.faults)) == ("cp1250", [4])


def test_a_long_run_of_letters_costs_no_more_than_its_length() -> None:
    decoded = to_text(b"email;name\na@x.fr;" + b"x" * 400_000 + b"\nb@x.fr;Zo\xe9\n")
    assert decoded.text.decode().endswith("b@x.fr;Zoé\n")


def test_a_text_that_is_one_endless_word_is_validated_by_no_more_than_a_word_of_it() -> None:
    started = time.process_time()
    guesses = [find_encoding([b"x" * 50_000 + b"\xe9" * 200_000, b"\xe9" * 200_000]) for _ in range(3)]
    assert guesses == [None] * 3
    assert time.process_time() - started < 3


TITLES = "Email,Name,City,Total spent\n"
SHORT = {
    "PLN": ("cp1250", ["Łukasz Żak,Łódź", "Małgorzata Wójcik,Gdańsk", "Paweł Śliwa,Kraków"]),
    "EUR": ("cp1252", ["Zoé Noël,Orléans", "Jürgen Weiß,Köln", "José Muñoz,Málaga", "Cécile Côté,Nîmes"]),
    "CHF": ("cp1252", ["Günther Jäger,Zürich", "François Noël,Genf"]),
    "CZK": ("cp1250", ["Jiří Dvořák,Plzeň"]),
}


@pytest.mark.rule("PIT-03")
@pytest.mark.parametrize(
    ("currency", "codec", "row"), [(currency, codec, row) for currency, (codec, rows) in SHORT.items() for row in rows]
)
def test_a_short_list_with_english_titles_is_decided_by_the_currency_of_its_source(
    currency: str, codec: str, row: str
) -> None:
    text = f"{TITLES}a@example.com,{row},12.50\nb@example.com,Bob,Paris,7\n"
    hints = languages_of_currency(currency)
    assert to_text(text.encode(codec), hints=hints).text.decode() == text
    assert to_text(text.encode(codec), hints=languages_of_country(currency[:2]) or hints).text.decode() == text


@pytest.mark.rule("PIT-03")
@pytest.mark.parametrize("currency", ["PLN", "EUR", "CHF", "CZK", "USD", "HUF"])
def test_the_currency_of_a_source_never_makes_wrong_letters_of_another_language(currency: str) -> None:
    for codec, rows in (*SHORT.values(), ("cp1252", ["Hélène Dupré,Genève"])):
        for row in rows:
            text = f"{TITLES}a@example.com,{row},12.50\n"
            try:
                found = to_text(text.encode(codec), hints=languages_of_currency(currency)).text.decode()
            except FileRefused as refused:
                assert refused.reason.code == "ENCODING_UNDECIDABLE"
            else:
                assert found == text
