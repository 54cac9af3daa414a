import pytest
from cryptography.fernet import Fernet

from clevervibes.lib import qr
from partners import codes
from partners.codes import Scanned, Typed

TOKEN = "0123456789abcdef0123456789abcdef"


def test_a_code_uses_only_symbols_that_nobody_mixes_up():
    seen = set("".join(codes.new_code() for _code in range(300)))

    assert seen == set("34679CDFGHJKMNPQRTVWXY")
    assert len(codes.new_code()) == 8


@pytest.mark.parametrize(
    "text", ["CDFG-HJKM", "cdfghjkm", " c d f g h j k m ", "CDFG – HJKM", "cdfg_hjkm", "CDFG.HJKM"]
)
def test_reading_forgives_case_spaces_and_dashes(text):
    assert codes.read(text) == Typed("CDFGHJKM")


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        TOKEN.upper(),
        f"http://testserver/c#{TOKEN}",
        f"HTTP://TESTSERVER/C#{TOKEN.upper()}",
        # A scanner that thinks it is an American keyboard in front of a German computer, and the other way round.
        f"httpÖ--testserver-c§{TOKEN}",
        f"http>&&testserver&c'{TOKEN}",
        f"  http://testserver/c#{TOKEN}\n",
    ],
)
def test_reading_finds_the_token_of_a_scanned_address(text, settings):
    settings.PUBLIC_URL = "http://testserver"

    assert codes.read(text) == Scanned(TOKEN)


@pytest.mark.parametrize(
    "text", [f"https://evil.example/c#{TOKEN}", "https://evil.example/", "http://testserver/c#kaputt"]
)
def test_reading_refuses_addresses_that_are_not_ours(text, settings):
    settings.PUBLIC_URL = "http://testserver"

    with pytest.raises(codes.ForeignAddress):
        codes.read(text)


@pytest.mark.parametrize("symbol", list("012IOLSZB8U5ÄÖ!<"))
def test_a_symbol_outside_the_alphabet_is_a_typo_and_named(symbol):
    with pytest.raises(codes.WrongSymbol) as refused:
        codes.read(f"CDFGHJK{symbol}")

    assert f"„{symbol.upper()}“" in str(refused.value)


@pytest.mark.parametrize("text", ["", "   ", "CDFG", "CDFGHJKMN", "٣" * 8, "３" * 8, "C" * 100_000])
def test_anything_else_is_a_typo(text):
    with pytest.raises(codes.Typo):
        codes.read(text)


def test_a_sealed_code_opens_again_and_shows_nothing_by_accident(settings):
    settings.PUBLIC_URL = "https://club.example"
    sealed = codes.seal("CDFGHJKM", TOKEN)
    code = codes.unseal(sealed, expires_at=None)

    assert (code.code, code.token, code.url) == ("CDFG-HJKM", TOKEN, f"https://club.example/c#{TOKEN}")
    assert "CDFG" not in sealed
    assert "CDFG" not in repr(code)
    assert "CDFG" not in repr(codes.read("CDFGHJKM"))


def test_codes_survive_a_change_of_keys(settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.CODE_KEYS = [old]
    stored, sealed = codes.code_hmac("CDFGHJKM"), codes.seal("CDFGHJKM", TOKEN)

    settings.CODE_KEYS = [new, old]

    assert stored in codes.code_hmacs("CDFGHJKM")
    assert stored != codes.code_hmac("CDFGHJKM")
    assert codes.unseal(sealed, expires_at=None).token == TOKEN


def test_a_hash_cannot_be_made_without_the_key(settings):
    settings.CODE_KEYS = [Fernet.generate_key().decode()]
    one = codes.code_hmac("CDFGHJKM")
    settings.CODE_KEYS = [Fernet.generate_key().decode()]

    assert codes.code_hmac("CDFGHJKM") != one


def test_the_qr_is_one_path_with_a_quiet_edge():
    drawn = qr.draw(f"https://club.example/c#{TOKEN}")

    assert drawn.size > 40  # error correction H costs modules
    assert drawn.path.startswith("M4 4h7v1h-7z")  # four light modules, then the finder's upper edge
