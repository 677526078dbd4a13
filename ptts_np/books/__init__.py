"""A document to an audiobook.

documents/      EPUB, Markdown, HTML, DOCX, PDF and plain text to a `Document`
document.py     what a document is: chapters of blocks of plain text, each of a kind
plan.py         a document to parts: lines with their voices and pauses
parts.py        a part to sound of even loudness, in a file that a later run keeps
join.py         the parts to one file with chapters, or to a file a chapter
captions.py     what is said, with its times, as WebVTT
make.py         all of it, top to bottom: `ptts_np.book`
"""
