"""Documents that are broken, protected or mean harm: each refused with words, nothing else read."""

import socket
import struct
import tracemalloc
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ptts_np.books.documents.read import read_document
from ptts_np.errors import InputError
from tests.books.making import epub, pdf, xhtml

pytest.importorskip("lxml")

ENCRYPTION = """<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#"><EncryptionMethod Algorithm="{way}"/>
</EncryptedData></encryption>"""
LAUGHS = '<!DOCTYPE html [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: object) -> None:
        raise AssertionError("a document reached for the network")

    monkeypatch.setattr(socket.socket, "connect", connect)


def refused(path: Path, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_document(path)


def text_of(path: Path) -> str:
    return " ".join(b.text for chapter in read_document(path).chapters for b in chapter.blocks)


@pytest.mark.parametrize("suffix", ["epub", "docx"])
@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 and no more", b"not a zip" * 1000])
def test_what_is_no_archive(tmp_path: Path, suffix: str, data: bytes) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(data)
    refused(path, "damaged")


def test_an_epub_cut_short(tmp_path: Path) -> None:
    whole = epub(tmp_path / "a.epub", {"a.xhtml": "<p>Hello.</p>" * 1000}).read_bytes()
    (tmp_path / "b.epub").write_bytes(whole[: len(whole) // 2])
    refused(tmp_path / "b.epub", "damaged")


@pytest.mark.parametrize("missing", ["META-INF/container.xml", "OPS/book.opf", "OPS/a.xhtml"])
def test_an_epub_with_a_part_missing(tmp_path: Path, missing: str) -> None:
    whole = epub(tmp_path / "a.epub", {"a.xhtml": "<p>Hello.</p>"})
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(tmp_path / "b.epub", "w") as new:
        for name in old.namelist():
            if name != missing:
                new.writestr(name, old.read(name))
    refused(tmp_path / "b.epub", f"it has no {missing}")


def test_drm(tmp_path: Path) -> None:
    def encrypted(way: str) -> Path:
        extra = {"META-INF/encryption.xml": ENCRYPTION.format(way=way)}
        return epub(tmp_path / "a.epub", {"a.xhtml": "<p>x</p>"}, extra=extra)

    refused(encrypted("http://www.w3.org/2001/04/xmlenc#aes128-cbc"), "DRM")
    assert text_of(encrypted("http://www.idpf.org/2008/embedding")) == "x"


def test_a_zip_bomb(tmp_path: Path) -> None:
    refused(epub(tmp_path / "a.epub", {"a.xhtml": " " * (20 << 20)}), "far more than a book")
    many = {f"{n}.xhtml": "<p>a</p>" + " " * (15 << 20) for n in range(12)}
    refused(epub(tmp_path / "b.epub", many), "far more than a book")


def test_a_zip_bomb_that_lies_about_its_size(tmp_path: Path) -> None:
    """The size stated is a kilobyte; 200 MB come out. No more than what is stated is unpacked."""
    path = epub(tmp_path / "a.epub", {"a.xhtml": " " * (200 << 20)})
    data = path.read_bytes()
    size = struct.pack("<I", len(xhtml(" " * (200 << 20))))
    path.write_bytes(data.replace(size, struct.pack("<I", 1024)))
    tracemalloc.start()
    refused(path, "damaged")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


def test_a_docx_bomb(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", " " * (20 << 20))
    refused(tmp_path / "a.docx", "far more than a book")


def test_a_docx_that_is_another_office_file(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    refused(tmp_path / "a.docx", "not a DOCX file")


def test_entities(tmp_path: Path) -> None:
    """Entities that grow, and those that stand for a file, are refused before they are parsed."""
    (tmp_path / "secret.txt").write_text("the secret", encoding="utf-8")
    file = f'<!DOCTYPE html [<!ENTITY x SYSTEM "{(tmp_path / "secret.txt").as_uri()}">]>'
    for index, doctype in enumerate((LAUGHS, file)):
        page = xhtml("<p>&b;&x;</p>", doctype=doctype)
        (tmp_path / f"{index}.html").write_text(page, encoding="utf-8")
        refused(tmp_path / f"{index}.html", "declares XML entities")
        refused(epub(tmp_path / f"{index}.epub", {}, extra={"OPS/book.opf": page}), "entities")
    page16 = xhtml("<p>&b;</p>", doctype=LAUGHS).encode("utf-16")
    (tmp_path / "c.html").write_bytes(page16)
    refused(tmp_path / "c.html", "declares XML entities")


def test_an_outer_dtd_is_not_fetched(tmp_path: Path) -> None:
    for place in ("http://127.0.0.1:9/x.dtd", (tmp_path / "x.dtd").as_uri()):
        page = xhtml("<p>Hello.</p>", doctype=f'<!DOCTYPE html SYSTEM "{place}">')
        (tmp_path / "x.dtd").write_text('<!ENTITY x "y">', encoding="utf-8")
        (tmp_path / "a.html").write_text(page, encoding="utf-8")
        assert text_of(tmp_path / "a.html") == "Hello."


@pytest.mark.parametrize(
    "link",
    ["../../secret.xhtml", "/etc/passwd", "file:///etc/passwd", "http://127.0.0.1/x", "..\\x"],
)
def test_links_out_of_an_epub(tmp_path: Path, link: str) -> None:
    (tmp_path / "secret.xhtml").write_text("the secret", encoding="utf-8")
    refused(epub(tmp_path / "a.epub", {link: "<p>x</p>"}), "points out of itself")
    path = epub(tmp_path / "b.epub", {"a.xhtml": "<p>x</p>"}, toc=[(link, "Out")])
    refused(path, "points out of itself")


def test_deep_nesting(tmp_path: Path) -> None:
    page = "<div>" * 100_000 + "<p>deep</p>"
    (tmp_path / "a.html").write_text(f"<p>shallow</p>{page}", encoding="utf-8")
    assert "shallow" in text_of(tmp_path / "a.html")
    (tmp_path / "a.md").write_text("> " * 50_000 + "deep\n\nshallow", encoding="utf-8")
    assert "shallow" in text_of(tmp_path / "a.md")


def test_pictures_and_scripts_only(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<img src='x'><script>1</script>", encoding="utf-8")
    refused(tmp_path / "a.html", "no text")
    (tmp_path / "a.txt").write_text(" \n\n \n", encoding="utf-8")
    refused(tmp_path / "a.txt", "no text")
    refused(epub(tmp_path / "a.epub", {"a.xhtml": "<img src='http://127.0.0.1/'/>"}), "no text")


def test_a_wrong_encoding(tmp_path: Path) -> None:
    for name in ("a.txt", "a.md"):
        (tmp_path / name).write_bytes("Grüße".encode("latin-1"))
        refused(tmp_path / name, r"not UTF-8 text \(byte 2\)")


def test_pdfs(tmp_path: Path) -> None:
    pypdf = pytest.importorskip("pypdf")
    refused(pdf(tmp_path / "a.pdf", [[]]), "only pictures")
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.4 nothing")
    refused(tmp_path / "b.pdf", "damaged")
    writer = pypdf.PdfWriter(clone_from=pdf(tmp_path / "c.pdf", [["Hello."]]))
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(tmp_path / "d.pdf")
    refused(tmp_path / "d.pdf", "encrypted")


def test_files_that_are_not_there(tmp_path: Path) -> None:
    refused(tmp_path / "none.epub", "can't read .*none.epub: No such file")
    (tmp_path / "folder.epub").mkdir()
    refused(tmp_path / "folder.epub", "not a file")


@pytest.mark.parametrize("suffix", ["html", "md", "txt", "epub", "docx", "pdf"])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damage_is_told_in_words(tmp_path: Path, suffix: str, data: st.DataObject) -> None:
    """A whole file with some bytes changed is read, or refused by InputError: nothing else."""
    whole = tmp_path / f"whole.{suffix}"
    if not whole.exists():
        _make(whole)
    damaged = bytearray(whole.read_bytes())
    for place, byte in data.draw(
        st.lists(st.tuples(st.integers(0, len(damaged) - 1), st.integers(0, 255)), max_size=8)
    ):
        damaged[place] = byte
    path = tmp_path / f"damaged.{suffix}"
    path.write_bytes(bytes(damaged[: data.draw(st.integers(0, len(damaged)))]))
    with suppress(InputError):
        assert read_document(path).chapters


def _make(path: Path) -> None:
    if path.suffix == ".epub":
        epub(path, {"a.xhtml": "<h1 id='x'>A</h1><p>a</p>"}, toc=[("a.xhtml#x", "A")])
    elif path.suffix == ".pdf":
        pdf(path, [["Hello there."], ["And more."]], {"A": 0, "B": 1})
    elif path.suffix == ".docx":
        docx = pytest.importorskip("docx")
        document = docx.Document()
        document.add_heading("One", 1)
        document.save(str(path))
    else:
        path.write_text("<h1>A</h1>\n\n# B\n\n| a |\n|---|\n| b |\n\ntext[^1]\n\n[^1]: n", "utf-8")
