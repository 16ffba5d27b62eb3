#!/usr/bin/python3
"""The click map in a browser (Debian's chromium, headless): what it shows, and that hostile data stays text."""
import re
import shutil
import struct
import sys
import unittest
import zlib

sys.dont_write_bytecode = True
import pathlib  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import cases  # noqa: E402
from browser import browse  # noqa: E402
from lab import Lab, programs_directory, run  # noqa: E402

EVIL = "Spring \"><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"> & more"
PIXEL = bytes.fromhex("0b3f70")  # the colour of the link that was clicked most
HTML = """<!DOCTYPE html><title>secret</title><div style="display:none">secret</div>
<table width="600"><tr><td colspan="2"><a href="https://shop.example/"><img src="x" width="600" height="180"></a></td></tr>
<tr><td colspan="2"><h1>secret headline of some length</h1><p>secret text, long enough to fill more than a single line of the newsletter
in the picture that is made of it.</p></td></tr>
<tr><td width="300"><a href="https://shop.example/shoes?user=secret"><img src="x" width="280" height="140"><br>secret</a></td>
<td width="300"><a href="https://shop.example/hats">secret secret</a><p>secret text again</p></td></tr></table>
<p><a href="https://shop.example/privacy">secret</a> <a href="https://shop.example/leave">secret</a></p>
"""


def rows_of(png):
    """The picture's rows as bytes, three or four a pixel, and how many."""
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert depth == 8 and kind in (2, 6)
    size = 3 if kind == 2 else 4
    data, at = b"", 8
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at:at + 8])
        if name == b"IDAT":
            data += png[at + 8:at + 8 + length]
        at += 12 + length
    raw, above, rows = zlib.decompress(data), bytes(width * size), []
    for row in range(height):
        start = row * (width * size + 1)
        above = unfilter(raw[start], bytearray(raw[start + 1:start + 1 + width * size]), above, size)
        rows.append(above)
    return rows, size


def unfilter(method, line, above, size):
    for i, value in enumerate(line):
        left = line[i - size] if i >= size else 0
        corner = above[i - size] if i >= size else 0
        if method == 1:
            line[i] = (value + left) & 255
        elif method == 2:
            line[i] = (value + above[i]) & 255
        elif method == 3:
            line[i] = (value + (left + above[i]) // 2) & 255
        elif method == 4:
            guess = left + above[i] - corner
            line[i] = (value + min((abs(guess - left), 0, left), (abs(guess - above[i]), 1, above[i]),
                                   (abs(guess - corner), 2, corner))[2]) & 255
    return bytes(line)


@unittest.skipUnless(shutil.which("chromium"), "no chromium")
class Map(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.lab.close)
        sample = cls.lab.directory / "sample.html"
        sample.write_text(HTML)
        cls.map = cls.lab.directory / "map.html"
        cls.map.write_text(run(programs_directory() / "map_tool", sample, EVIL))

    def browse(self, *options, page=None):
        return browse(self.lab.directory, page or self.map, *options)

    def test_nothing_in_it_runs_or_is_loaded(self):
        tree = self.browse("--dump-dom")
        title = re.search("<title>(.*?)</title>", tree, re.S)[1]
        self.assertIn("document.title='owned'", title)
        self.assertTrue(title.startswith("Click map: Spring"))
        for part in ("<script", "<img", "<iframe", "secret"):
            self.assertNotIn(part, tree)

    def test_each_link_has_its_colour_its_number_and_its_row(self):
        tree = self.browse("--dump-dom")
        self.assertEqual(len(re.findall(r'<a class="l k\d" href="#link-\d"', tree)), 5)
        self.assertEqual(len(re.findall(r'<tr id="link-\d"', tree)), 5)
        self.assertIn('class="l k5" href="#link-3"', tree)
        self.assertRegex(tree, r'<svg [^>]*role="img" aria-label="\d+ opens and \d+ clicks')

    def test_it_is_drawn(self):
        picture = self.lab.directory / "map.png"
        self.browse("--window-size=1200,1500", f"--screenshot={picture}")
        rows, size = rows_of(picture.read_bytes())
        self.assertEqual((len(rows), len(rows[0])), (1500, 1200 * size))
        dark = sum(row.count(PIXEL if size == 3 else PIXEL + b"\xff") for row in rows)
        self.assertGreater(dark, 1000, "the link that was clicked most")
        self.assertGreater(len(set(rows)), 300, "the page is not empty")

    def test_a_kept_sample_is_shown_and_can_do_nothing(self):
        text = HTML + """<script>top.document.title='owned'</script><img src=x onerror="top.document.title='owned'">
<p onmouseover="top.document.title='owned'" style="background:url(http://127.0.0.1:1/)">a</p><svg onload="top.document.title='owned'">
<iframe src="javascript:top.document.title='owned'"></iframe><form action="http://127.0.0.1:1/"><button>b</button></form>"""
        sample, page = self.lab.directory / "text.html", self.lab.directory / "with-sample.html"
        sample.write_text(text)
        page.write_text(run(programs_directory() / "map_tool", sample, "November", "sample"))
        tree = self.browse("--dump-dom", page=page)
        self.assertEqual(re.search("<title>(.*?)</title>", tree, re.S)[1], "Click map: November")
        frame = re.search(r'<iframe class="sample"[^>]* sandbox(?:="")? srcdoc="([^"]*)"', tree)[1]
        self.assertIn("secret headline of some length", frame)
        for part in ("owned", "127.0.0.1", "onmouseover", "&lt;script", "href"):
            self.assertNotIn(part, frame)
        for _ in range(10):  # a frame is drawn on its own: on a busy machine a picture may be taken before it
            shown = self.pixels_beside_the_table(page)
            if shown > 2500:
                break
        self.assertGreater(shown, 2500)

    def pixels_beside_the_table(self, page):
        """How many of the most clicked link's colour a picture of the page has at the left, where the plot has 1,000 or so."""
        picture = self.lab.directory / "sample.png"
        self.browse("--window-size=1200,1500", "--virtual-time-budget=5000", "--run-all-compositor-stages-before-draw",
                    f"--screenshot={picture}", page=page)
        rows, size = rows_of(picture.read_bytes())
        return sum(row[:650 * size].count(PIXEL if size == 3 else PIXEL + b"\xff") for row in rows)


if __name__ == "__main__":
    cases.main()
