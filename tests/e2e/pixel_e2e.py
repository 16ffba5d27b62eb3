#!/usr/bin/python3
"""The open pixel in a browser (Debian's chromium, headless): a page is as high and as wide with it as without, and the
pixel is asked for. The messages are rewritten by tests/programs/pixel_tool, which puts pixels in as signpostd does."""
import http.server
import re
import shutil
import sys
import tempfile
import threading
import unittest

sys.dont_write_bytecode = True
import pathlib  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import cases  # noqa: E402
from browser import browse  # noqa: E402
from lab import programs_directory, run  # noqa: E402

# Each page stands in a frame and tells its sizes to the page around it, so that the browser starts once.
MEASURE = """<script>addEventListener('load', () => { const e = document.documentElement, b = document.body;
const boxes = [...document.querySelectorAll('p, td, div, pre')].map(x => x.getBoundingClientRect());
parent.postMessage([location.pathname.split('/').pop(), e.scrollHeight, e.scrollWidth, b.scrollHeight, e.offsetHeight,
b.offsetHeight, ...boxes.map(r => r.top + '/' + r.left + '/' + r.height)].join(' '), '*'); });</script>"""
AROUND = """<!doctype html><title>sizes</title><body><script>addEventListener('message', message => {
const p = document.createElement('p'); p.textContent = 'size ' + message.data; document.body.append(p); });</script>"""

NEWSLETTER = """<!doctype html>
<html xmlns="http://www.w3.org/1999/xhtml"><head><meta charset="utf-8"><title>x</title>
<style>body{margin:0;padding:0} table,td{border-collapse:collapse}</style></head>
<body style="word-spacing:normal;background-color:#222222">
<div style="background-color:#222222"><table align="center" border="0" cellpadding="0" cellspacing="0"
role="presentation" width="600"><tbody><tr><td style="height:100px;background:#fff">Hello
<a href="https://shop.example/a">shop</a></td></tr></tbody></table></div>
</body></html>
"""

PAGES = {
    "a newsletter of tables": NEWSLETTER,
    "without a doctype": NEWSLETTER.replace("<!doctype html>\n", ""),
    "margins that collapse": "<!doctype html><body><p>a</p></body>",
    "no body end": "<!doctype html><p>a",
    "preformatted to the end": "<!doctype html><pre>one\ntwo\n",
    "white space counts": "<!doctype html><body style='white-space:pre-wrap'>one\ntwo\n</body>",
    "images are styled": "<!doctype html><style>img{display:block!important;height:40px!important;width:100%!important;"
                         "margin:10px!important;padding:5px;border:3px solid;min-height:9px;float:none!important;"
                         "position:static!important}</style><body><p>a</p></body>",
    "a column with gaps": "<!doctype html><body style='display:flex;flex-direction:column;gap:30px'><p>a</p><p>b</p></body>",
    "a grid with gaps": "<!doctype html><body style='display:grid;gap:30px'><p>a</p><p>b</p></body>",
    "higher than the window": "<!doctype html><body style='margin:0'><div style='height:5000px'>a</div></body>",
    "fills the window": "<!doctype html><html style='height:100%'><body style='margin:0;height:100%'><p>a</p></body></html>",
    "a table that is not closed": "<body><table><tr><td>a</td></tr></body>",
    "marked in a cell": "<body><table><tr><td data-signpost=pixel>a</td><td>b</td></tr></table></body>",
    "marked in a text": "<!doctype html><body><p>one <span data-signpost=pixel></span>two</p></body>",
    "marked before a float": "<!doctype html><body><div data-signpost=pixel><p style='float:left'>a</p>b</div></body>",
}


class Asked(http.server.BaseHTTPRequestHandler):
    paths = []

    def do_GET(self):
        self.paths.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "image/gif")
        self.end_headers()
        self.wfile.write(b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\4\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2\x44\1\0;")

    def log_message(self, *_):
        pass


@unittest.skipUnless(shutil.which("chromium"), "no chromium")
class Pixel(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="signpost-pixel-"))
        cls.addClassCleanup(shutil.rmtree, cls.directory, True)

    def browse(self, html):
        page = self.directory / "page.html"
        page.write_text(html)
        return browse(self.directory, page, "--virtual-time-budget=5000", "--dump-dom", seconds=90)

    def with_pixel(self, html, *options):
        page = self.directory / "plain.html"
        page.write_text(html)
        return run(programs_directory() / "pixel_tool", page, *options)

    def test_it_does_not_change_the_layout(self):
        around = AROUND
        for number, html in enumerate(PAGES.values()):
            changed = self.with_pixel(html)
            self.assertEqual(changed.count("/o/"), 1)
            with_trap = self.with_pixel(html, "trap")
            is_marked = "data-signpost=pixel" in html  # then the place may be within a link
            self.assertEqual(with_trap.count('aria-hidden="true"></a><img'), 0 if is_marked else 1)
            for name, page in ((f"{number}-without", html), (f"{number}-with", changed), (f"{number}-trap", with_trap)):
                (self.directory / name).with_suffix(".html").write_text(page + MEASURE)
                around += f'<iframe src="{name}.html" width="800" height="600"></iframe>'
        sizes = dict(re.findall(r"size (\d+-(?:with|without|trap))\.html ([^<]+)", self.browse(around)))
        for number, name in enumerate(PAGES):
            with self.subTest(name):
                self.assertIn(f"{number}-without", sizes)
                self.assertEqual(sizes[f"{number}-with"], sizes[f"{number}-without"])
                self.assertEqual(sizes[f"{number}-trap"], sizes[f"{number}-without"])

    def test_it_is_asked_for(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Asked)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        changed = "".join(self.with_pixel(PAGES[name])
                          for name in ("a newsletter of tables", "images are styled", "a table that is not closed"))
        numbers = iter(range(3))
        self.browse(re.sub(r"https://[^/\"]+/o/[^\"]+",
                           lambda _: f"http://127.0.0.1:{server.server_port}/{next(numbers)}.gif", changed))
        self.assertEqual({path for path in Asked.paths if path.endswith(".gif")}, {"/0.gif", "/1.gif", "/2.gif"})


if __name__ == "__main__":
    cases.main()
