#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The HTML report in a browser: clicked through, gone through by keyboard, in both themes, wide and narrow, with
hostile names and with next to nothing in it. WEIR_REPORT_PAGE: the program that makes a page of a comparison.

WEIR_SCREENSHOTS=FOLDER keeps pictures of it.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

SKIP = 77
DEBIAN_PYTHON = "/usr/bin/python3"

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import Select, WebDriverWait
except ImportError:
    # The distribution's Python has the distribution's modules, whichever comes first in the path.
    if os.path.exists(DEBIAN_PYTHON) and not os.environ.get("WEIR_REPORT_AGAIN"):
        os.execve(DEBIAN_PYTHON, [DEBIAN_PYTHON, "-B", *sys.argv], {**os.environ, "WEIR_REPORT_AGAIN": "1"})
    print("skipped: python3-selenium is not installed")
    sys.exit(SKIP)

import sample

CHROMIUM = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
HOSTILE = "</script><img src=x onerror=\"window.hit=1\"><!--<script>window.hit=1</script>"
LINKED = ["c", "bpf", "ir", "a", "b"]


def start_browser():
    options = Options()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions",
                     "--no-first-run", "--disable-background-networking", "--window-size=1280,900"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=Service(DRIVER))


class ReportTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        with open(os.path.join(os.path.dirname(__file__), "comparison.json"), encoding="utf-8") as file:
            cls.comparison = json.load(file)
        cls.pages = {}
        for name, made in (("plain", cls.comparison), ("before", sample.with_before(cls.comparison)),
                           ("other-before", sample.with_other_before(cls.comparison)),
                           ("guards", sample.with_guard_costs(cls.comparison)), ("bare", sample.bare()),
                           ("changed", sample.with_other_source(cls.comparison)),
                           ("hostile", sample.hostile(cls.comparison, HOSTILE)), ("large", sample.large(cls.comparison)),
                           ("empty", {"format": 1, "programs": []})):
            page = os.path.join(cls.folder.name, f"{name}.html")
            with open(page, "wb") as file:
                subprocess.run([os.environ["WEIR_REPORT_PAGE"]], input=json.dumps(made).encode(), stdout=file, check=True)
            cls.pages[name] = page
        cls.browser = start_browser()
        cls.addClassCleanup(cls.browser.quit)

    def setUp(self):
        self.wide("light")

    def tearDown(self):
        """Whatever was done: no error, nothing refused by the policy, and nothing asked of the network."""
        self.assertEqual(self.browser.get_log("browser"), [])
        self.assertEqual(self.js("return performance.getEntriesByType('resource').map((entry) => entry.name)"), [])
        asked = [json.loads(entry["message"])["message"] for entry in self.browser.get_log("performance")]
        urls = [m["params"]["request"]["url"] for m in asked if m["method"] == "Network.requestWillBeSent"]
        self.assertEqual([url for url in urls if not url.startswith(("file://", "data:", "about:", "chrome:"))], [])
        self.assertEqual([url for url in urls if url.startswith("file://") and not url.split("#")[0].endswith(".html")], [])

    # ---- helpers

    def screen(self, width, height, theme):
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                     {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
        self.theme(theme)

    def wide(self, theme):
        self.screen(1280, 900, theme)

    def theme(self, theme):
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia",
                                     {"features": [{"name": "prefers-color-scheme", "value": theme},
                                                   {"name": "prefers-reduced-motion", "value": "reduce"}]})

    def open(self, name):
        self.browser.get("file://" + self.pages[name])
        self.js("try { localStorage.clear() } catch { }")

    def js(self, script, *arguments):
        return self.browser.execute_script(script, *arguments)

    def find(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def texts(self, selector):
        return self.js("return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)", selector)

    def until(self, condition, what):
        WebDriverWait(self.browser, 20).until(lambda _: condition(), what)

    def press(self, *keys):
        ActionChains(self.browser).send_keys(*keys).perform()

    def focus(self):
        return self.browser.switch_to.active_element

    def tab_to(self, selector, limit=80):
        for _ in range(limit):
            if self.js("return document.activeElement.matches(arguments[0])", selector):
                return self.focus()
            self.press(Keys.TAB)
        self.fail(f"Tab does not lead to {selector}")

    def choose(self, select, value):
        Select(self.find(select)).select_by_value(value)

    def program(self, name):
        Select(self.find("#program")).select_by_visible_text(name)

    def lit(self, pane):
        return self.js("return [...document.querySelectorAll(`[data-pane=${arguments[0]}] .line.lit`)].map((e) => Number(e.dataset.row))", pane)

    def point(self, pane, row):
        """The pointer onto a line of a pane, brought into sight as by scrolling."""
        self.js("const scroll = document.querySelector(`[data-pane=${arguments[0]}] .scroll`);"
                "scroll.scrollIntoView({block: 'center'}); scroll.scrollTop = Math.max(0, arguments[1] * 20 - 80)", pane, row)
        selector = f"[data-pane={pane}] .line[data-row='{row}'] .text"
        self.until(lambda: self.all(selector), f"line {row} of {pane}")
        box = self.js("const b = document.querySelector(arguments[0]).getBoundingClientRect(); return [b.x + 12, b.y + 10]", selector)
        self.browser.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": box[0], "y": box[1]})
        self.until(lambda: row in self.lit(pane), f"line {row} of {pane} lights up")

    def code_of(self, name, variant):
        program = next(p for p in self.comparison["programs"] if p["name"] == name)
        return program, next(v for v in program["variants"] if v["id"] == variant)

    def no_overflow(self):
        self.assertLessEqual(self.js("return document.documentElement.scrollWidth"), self.js("return window.innerWidth"))

    def picture(self, name):
        folder = os.environ.get("WEIR_SCREENSHOTS")
        if folder:
            os.makedirs(folder, exist_ok=True)
            width, height = self.js("return [document.documentElement.clientWidth, document.documentElement.scrollHeight]")
            made = self.browser.execute_cdp_cmd("Page.captureScreenshot", {
                "captureBeyondViewport": True, "clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}})
            with open(os.path.join(folder, f"{name}.png"), "wb") as file:
                file.write(base64.b64decode(made["data"]))

    # ---- overview

    def test_overview_shows_every_program_and_the_mean(self):
        self.open("plain")
        names = self.texts("#overview-chart .name")
        self.assertEqual(names, ["Geometric mean"] + [p["name"] for p in self.comparison["programs"]])
        timed = sum("ratio" in v for p in self.comparison["programs"] for v in p["variants"])
        everywhere = sum("ratio" in v for v in self.comparison["programs"][0]["variants"])
        self.assertEqual(len(self.all("#overview-chart .point")), timed + everywhere)
        self.assertIn("aot-O2-x86-64-guard takes", self.find("#headline").text)

    def test_filter_order_and_engines(self):
        self.open("plain")
        names = lambda: self.texts("#overview-chart .name")
        self.find("#filter").send_keys("diss")
        self.assertEqual(names(), ["dissect"])
        self.assertEqual(set(self.texts("#table tbody th")), {"dissect"})
        self.find("#filter").send_keys(" trusted")
        self.assertEqual(self.texts("#table tbody button"), ["aot-O2-x86-64-trusted"])
        self.find("#filter").clear()
        self.find("#filter").send_keys("no such program")
        self.assertIn("No program", self.find("#overview-chart").text)
        self.find("#filter").send_keys(*[Keys.BACKSPACE] * 20)
        self.choose("#order", "name")
        self.assertEqual(names()[1:], sorted(p["name"] for p in self.comparison["programs"]))
        self.choose("#order", "worst")
        highest = lambda p: max(v["ratio"]["median"] for v in p["variants"] if "ratio" in v)
        self.assertEqual(names()[1:], [p["name"] for p in sorted(self.comparison["programs"], key=highest, reverse=True)])
        self.choose("#set", "held-out")
        self.assertEqual(set(names()[1:]), {p["name"] for p in self.comparison["programs"] if p["set"] == "held-out"})
        self.choose("#set", "")
        for box in self.all("#engines input"):
            if "ahead" not in box.find_element(By.XPATH, "..").text:
                box.click()
        self.assertFalse(self.all("#overview-chart .point:not(.e-aot)"))
        self.assertTrue(self.all("#overview-chart .point.e-aot"))
        self.choose("#quantity", "bytes")
        self.assertIn("bytes of code", self.texts("#overview-chart .axis")[0])

    def test_a_mark_opens_its_code(self):
        self.open("plain")
        mark = self.js("return [...document.querySelectorAll('#overview-chart .point')].find((e) => "
                       "e.getAttribute('aria-label').startsWith('compare · jit-'))")
        ActionChains(self.browser).move_to_element(mark).perform()
        self.assertIn("compare · jit-", self.find("#tip").text)
        self.assertIn("10th to 90th percentile", self.find("#tip").text)
        mark.click()
        self.assertEqual(Select(self.find("#program")).first_selected_option.text, "compare")
        self.assertTrue(Select(self.find("#variant-a")).first_selected_option.text.startswith("jit-"))

    # ---- the table

    def test_table_sorts_by_each_column(self):
        self.open("plain")
        column = lambda index: [row[index] for row in self.js(
            "return [...document.querySelectorAll('#table tbody tr')].map((r) => [...r.children].map((c) => c.textContent))")
            if len(row) > index]
        def numbers(index):
            texts = [text for text in column(index)]
            known = [text for text in texts if text[0].isdigit()]
            self.assertTrue(all(text == "–" or "unsupported" in text for text in texts[len(known):]), texts)
            return [float(text.rstrip("×").replace("\u202f", "")) for text in known]
        self.find("#table button[data-key=ratio]").click()
        self.assertEqual(numbers(2), sorted(numbers(2)))
        self.assertEqual(self.find("#table th[aria-sort=ascending]").text.split()[0], "ratio")
        self.assertEqual(self.focus().get_attribute("data-key"), "ratio")
        self.press(Keys.ENTER)
        self.assertEqual(numbers(2), sorted(numbers(2), reverse=True))
        self.find("#table button[data-key=bytes]").click()
        index = self.js("return document.querySelector('#table button[data-key=bytes]').closest('th').cellIndex")
        self.assertEqual(numbers(index), sorted(numbers(index)))
        self.find("#table button[data-key=program]").click()
        self.assertEqual(column(0), sorted(column(0)))

    def test_table_says_why_a_variant_has_no_numbers(self):
        self.open("plain")
        self.assertEqual(len(self.all("#table td.error")), len(self.comparison["programs"]))
        self.assertIn("no expression of libpcap", self.find("#table td.error").text)
        row = self.js("return [...document.querySelectorAll('#table tbody tr')].find((r) => r.textContent.includes('unsupported'))")
        row.find_element(By.CSS_SELECTOR, "button").click()
        self.assertIn("no expression of libpcap", self.find("#facts").text)
        self.assertIn("could not be had", self.js("return document.querySelector('[data-pane=a] .scroll').dataset.empty"))

    # ---- the code

    def test_every_pane_lights_up_the_others(self):
        self.open("plain")
        self.program("dissect")
        self.choose("#variant-b", "1")
        program, a = self.code_of("dissect", "aot-O2-x86-64-guard")
        b = program["variants"][1]
        in_both = {line.get("bpf") for line in a["asm"]} & {line.get("bpf") for line in b["asm"]} & {line.get("bpf") for line in a["ir"]}
        bpf = next(i for i, one in enumerate(program["bpf"]) if i in in_both and i > 3 and one["source"] == 0)
        of = lambda lines: [index for index, line in enumerate(lines) if line.get("bpf") == bpf]
        wanted = program["bpf"][bpf]["line"]
        c_row = self.js("return [...document.querySelectorAll('[data-pane=c] .line')].length") and self.row_of_line(program, wanted)
        expected = {"c": [c_row], "bpf": [bpf], "ir": of(a["ir"]), "a": of(a["asm"]), "b": of(b["asm"])}
        for pane in LINKED[1:]:
            with self.subTest(pane=pane):
                self.point(pane, expected[pane][0])
                for other in LINKED:
                    lit = self.lit(other)
                    self.assertTrue(lit, f"{other} is dark when {pane} is pointed at")
                    self.assertTrue(set(lit) <= set(expected[other]), (other, lit, expected[other]))
        self.point("c", c_row)
        same_line = [i for i, one in enumerate(program["bpf"]) if (one["source"], one["line"]) == (0, wanted)]
        self.assertTrue(set(self.lit("bpf")) <= set(same_line))
        for other in LINKED:
            self.assertTrue(self.lit(other), other)
        self.assertIn(f"dissect.c:{wanted}", self.find("#detail").text)
        self.assertIn("A:", self.find("#detail").text)

    def row_of_line(self, program, wanted):
        """Lines that are not known leave a gap, which is a row of its own; several files have a row for their name."""
        row, sources = 0, program["sources"]
        row += len(sources) > 1
        previous = None
        for line, _ in sources[0]["lines"]:
            row += previous is not None and line > previous + 1
            if line == wanted:
                return row
            row, previous = row + 1, line
        return self.fail("no such line")

    def test_code_made_from_c_is_linked_by_line(self):
        self.open("plain")
        self.program("dissect")
        program, clang = self.code_of("dissect", "clang-O2")
        self.choose("#variant-b", str(program["variants"].index(clang)))
        lines = {one["line"] for one in program["bpf"] if one["source"] == 0}
        row = next(i for i, line in enumerate(clang["asm"]) if line.get("source") == 0 and line["line"] in lines)
        self.point("b", row)
        self.assertEqual(self.lit("c"), [self.row_of_line(program, clang["asm"][row]["line"])])
        self.assertTrue(self.lit("bpf"))

    def test_a_held_line_stays_until_it_is_let_go(self):
        self.open("plain")
        self.program("dissect")
        self.point("bpf", 5)
        self.find("[data-pane=bpf] .line[data-row='5']").click()
        held = self.lit("a")
        self.assertIn("held", self.find("#detail").text)
        self.browser.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": 5, "y": 5})
        self.assertEqual(self.lit("bpf"), [5])
        self.find("[data-pane=bpf] .line[data-row='7']").click()
        self.assertEqual(self.lit("bpf"), [7])
        self.press(Keys.ESCAPE)
        self.assertEqual(self.lit("bpf"), [])
        self.assertTrue(held)

    def test_costs_differences_and_guards(self):
        self.open("plain")
        self.program("dissect")
        program, guard = self.code_of("dissect", "aot-O2-x86-64-guard")
        _, trusted = self.code_of("dissect", "aot-O2-x86-64-trusted")
        self.assertEqual(Select(self.find("#variant-b")).first_selected_option.text, "aot-O2-x86-64-trusted")
        self.assertEqual(self.find("#hot-title").text, "Where the difference is")
        total = sum(line.get("runs", 0) for line in guard["asm"])
        self.assertIn(f"A {total:.0f}", self.find("#hot-hint").text)
        self.assertIn(str(guard["guards"]["left"]), self.find("#facts").text)
        self.assertTrue(self.all("[data-pane=a] .line.extra"))
        bpf = guard["guards"]["left_at"][0]
        self.point("bpf", bpf)
        self.assertIn("guard", self.find(f"[data-pane=bpf] .line[data-row='{bpf}'] .flags").text)
        self.assertTrue(self.all("[data-pane=c] .flag.guard"))
        self.assertIn("not proven safe", self.find("#detail").text)
        self.js("document.querySelector('[data-pane=bpf] .scroll').scrollTop = 0")
        self.until(lambda: self.all("[data-pane=bpf] .line[data-row='0']"), "the first line")
        warm = [self.find("[data-pane=bpf] .line[data-row='0'] .cost").text]
        own = sum(line["runs"] for line in guard["asm"] if line.get("bpf") == 0)
        self.assertAlmostEqual(float(warm[0]), own, delta=max(0.06, own / 100))
        self.choose("#cost", "static")
        for bpf, text in enumerate(self.texts("[data-pane=bpf] .cell.cost")[:15]):
            count = sum(line.get("bpf") == bpf for line in guard["asm"])
            self.assertEqual(text, str(count) if count else "")
        self.choose("#variant-b", "")
        self.assertFalse(self.find("[data-pane=b]").is_displayed())
        self.assertEqual(self.find("#hot-title").text, "Where it goes")
        self.find("#hot button").click()
        self.assertTrue(self.lit("c"))
        self.assertIn("held", self.find("#detail").text)
        self.assertEqual(len(trusted["estimate"]["ports"]), 10)
        self.assertEqual(len(self.all("#ports .port")), sum(cycles > 0 for cycles in guard["estimate"]["ports"].values()))

    def test_ir_costs_what_its_instruction_costs(self):
        self.open("plain")
        self.program("dissect")
        _, guard = self.code_of("dissect", "aot-O2-x86-64-guard")
        self.assertIn("cost: of its whole eBPF instr.", self.find("[data-pane=ir] .meta").text)
        own = {}
        for line in guard["asm"]:
            if "bpf" in line:
                own[line["bpf"]] = own.get(line["bpf"], 0) + line["runs"]
        seen, expected = set(), []
        for line in guard["ir"]:
            bpf = line.get("bpf")
            expected.append(own.get(bpf) if bpf not in seen else None)
            seen.add(bpf)
        shown = self.js("return [...document.querySelectorAll('[data-pane=ir] .line')].map((line) => "
                        "[Number(line.dataset.row), line.querySelector('.cost').textContent])")
        self.assertGreater(len(shown), 10)
        self.assertTrue(any(text for _, text in shown))
        for row, text in shown:
            if expected[row] is None:
                self.assertEqual(text, "", row)
            else:
                self.assertAlmostEqual(float(text), expected[row], delta=max(0.06, expected[row] / 100), msg=row)
        # The other costs are there too, and without machine code there is none.
        self.choose("#cost", "static")
        self.assertTrue(any(self.texts("[data-pane=ir] .cell.cost")))

    def test_what_a_guard_costs(self):
        self.open("guards")
        self.program("dissect")
        _, guard = self.code_of("dissect", "aot-O2-x86-64-guard")
        bpf = guard["guards"]["left_at"][0]
        self.point("bpf", bpf)
        self.assertIn("costs +1.50 instructions, +0.25 estimated cycles a run, against aot-O2-x86-64-trusted",
                      self.find("#detail").text)
        self.assertIn("instr. for guards", self.find("#facts").text)
        self.assertIn("2.5", self.find("#facts").text)
        self.choose("#remark-pass", "prevented")
        self.assertIn("only in aot-O2-x86-64-trusted: loop-vectorize: vectorized loop", self.find("#remarks").text)

    def test_remarks_are_filtered_and_lead_to_their_line(self):
        self.open("plain")
        self.program("dissect")
        _, variant = self.code_of("dissect", "aot-O2-x86-64-guard")
        guarded = set(variant["guards"]["left_at"])
        self.assertEqual(len(self.all("#remarks li")), len(variant["remarks"]) + len(guarded))
        self.choose("#remark-kind", "guard")
        self.assertEqual(len(self.all("#remarks li")), len(guarded))
        self.assertIn("checked when it runs", self.find("#remarks li").text)
        self.choose("#remark-kind", "missed")
        missed = [r for r in variant["remarks"] if r["kind"] == "missed"]
        self.assertEqual(len(self.all("#remarks li")), len(missed))
        self.find("#remarks button.place").click()
        self.assertTrue(self.lit("c"))
        self.assertIn("missed", self.find("#detail").text)

    # ---- before and after

    def test_before_and_after(self):
        self.open("plain")
        self.assertFalse(self.find("#history").is_displayed())
        self.open("before")
        self.assertTrue(self.find("#history").is_displayed())
        self.assertIn("From the commit before to this commit", self.find("#history-hint").text)
        changed = len(self.all("#history-chart .change"))
        self.assertTrue(self.all("#history-chart .change.better"))
        self.find("#history-chart .show-all").click()
        self.assertGreater(len(self.all("#history-chart .change")), changed)
        self.choose("#history-quantity", "executed")
        amounts = [float(t.strip("()").replace("−", "-").replace("+", "").replace("±", "").rstrip(" %")) for t in self.texts("#history-chart .amount")]
        self.assertEqual(abs(amounts[0]), max(map(abs, amounts)))
        change = self.find("#history-chart .change")
        name = change.get_attribute("aria-label").split(",")[0].split(" · ")
        self.js("arguments[0].dispatchEvent(new MouseEvent('click', {bubbles: true}))", change)
        self.assertEqual(Select(self.find("#program")).first_selected_option.text, name[0])
        self.assertTrue(self.find("#variant-b").get_attribute("value").startswith("before:"))
        self.assertIn("aot-" if "aot" in name[1] else "jit-", self.find("[data-pane=b] .meta").text)

    def test_only_what_means_the_same_is_compared_with_before(self):
        self.open("other-before")
        hint = self.find("#history-hint").text
        self.assertRegex(hint, r"\d+ variants left out: other packets, another reference\.")
        self.assertFalse(self.all("#history-chart .change"))
        self.choose("#history-quantity", "executed")
        self.assertRegex(self.find("#history-hint").text, r"\d+ variants left out: other packets\.")
        names = {change.get_attribute("aria-label").split(" · ")[0] for change in self.all("#history-chart .change")}
        self.assertTrue(names)
        self.assertNotIn(self.comparison["programs"][0]["name"], names)
        self.choose("#history-quantity", "bytes")
        self.assertNotIn("left out", self.find("#history-hint").text)

    def test_a_program_that_was_changed_is_linked_by_line(self):
        self.open("changed")
        self.program("dissect")
        self.choose("#variant-b", "before:0")
        program, a = self.code_of("dissect", "aot-O2-x86-64-guard")
        old = sample.with_other_source(self.comparison)["before"]["programs"][self.comparison["programs"].index(program)]
        asm = old["variants"][0]["asm"]
        row = next(index for index, line in enumerate(asm) if line.get("bpf", 0) > 3 and old["bpf"][line["bpf"]]["source"] == 1)
        wanted = old["bpf"][asm[row]["bpf"]]["line"]
        self.point("b", row)
        self.assertEqual(self.lit("c"), [self.row_of_line(program, wanted)])
        same_line = {i for i, one in enumerate(program["bpf"]) if (one["source"], one["line"]) == (0, wanted)}
        self.assertTrue(self.lit("bpf"))
        self.assertTrue(set(self.lit("bpf")) <= same_line)
        self.assertFalse(self.all("[data-pane=bpf] .delta"))
        self.assertIn("linked by file and line number", self.find("#facts").text)
        self.point("bpf", min(same_line))
        self.assertTrue(self.lit("b"))
        cost = lambda of, lines: sum(line.get("runs", 0) for line in lines if "bpf" in line and
                                     of["bpf"][line["bpf"]]["line"] == wanted and of["sources"][of["bpf"][line["bpf"]]["source"]]["name"] == "dissect.c")
        shown = self.find(f"[data-pane=c] .line[data-row='{self.row_of_line(program, wanted)}'] .delta").text
        self.assertAlmostEqual(float(shown.replace("−", "-") or 0), cost(program, a["asm"]) - cost(old, asm), delta=0.06)

    # ---- keyboard, themes, sizes

    def test_by_keyboard_alone(self):
        self.open("plain")
        self.press(Keys.TAB)
        self.assertEqual(self.focus().get_attribute("class"), "skip")
        first = self.tab_to("#overview-chart .point")
        self.assertNotEqual(self.js("return getComputedStyle(document.activeElement.querySelector('.halo')).stroke"), "none")
        self.assertFalse(self.find("#tip").get_attribute("hidden"))
        self.press(Keys.ARROW_RIGHT)
        self.assertNotEqual(self.focus(), first)
        self.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
        opened = self.focus().get_attribute("aria-label").split(",")[0]
        self.assertTrue(opened.startswith(self.comparison["programs"][1]["name"]), opened)
        self.press(Keys.ENTER)
        self.assertEqual(self.focus().get_attribute("id"), "program")
        self.assertEqual(Select(self.find("#program")).first_selected_option.text, opened.split(" · ")[0])
        self.tab_to("#variant-a")
        self.press(Keys.HOME)
        opened = opened.split(" · ")[0] + " · " + self.comparison["programs"][0]["variants"][0]["id"]
        self.assertEqual(Select(self.find("#variant-a")).first_selected_option.text, opened.split(" · ")[1])
        for pane in ("c", "bpf", "ir", "a"):
            scroll = self.tab_to(f"[data-pane={pane}] .scroll")
            self.assertNotEqual(scroll.value_of_css_property("outline-style"), "none")
            self.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
            active = scroll.get_attribute("aria-activedescendant")
            self.assertEqual(active, f"{pane}-2")
            self.assertIn("active", self.js("return document.getElementById(arguments[0]).className", active))
        scroll = self.tab_to("[data-pane=a] .scroll")
        self.press(Keys.END)
        program, shown = self.code_of(*opened.split(" · "))
        self.assertEqual(scroll.get_attribute("aria-activedescendant"), f"a-{len(shown['asm']) - 1}")
        self.press(Keys.HOME, Keys.PAGE_DOWN)
        row = int(scroll.get_attribute("aria-activedescendant").split("-")[1])
        self.assertGreater(row, 5)
        while "bpf" not in shown["asm"][row]:
            self.press(Keys.ARROW_DOWN)
            row += 1
        self.assertTrue(self.lit("bpf"))
        self.press(Keys.ENTER, Keys.TAB)
        self.assertIn("held", self.find("#detail").text)
        self.tab_to("#table button[data-key=cycles]", 200)
        self.press(Keys.ENTER)
        self.assertEqual(self.find("#table th[aria-sort=ascending] button").get_attribute("data-key"), "cycles")

    def test_themes(self):
        background = lambda: self.js("return getComputedStyle(document.body).backgroundColor")
        self.open("plain")
        light = background()
        self.theme("dark")
        dark = background()
        self.assertNotEqual(light, dark)
        self.assertEqual(self.find("#theme").text, "Light theme")
        self.find("#theme").click()
        self.assertEqual(background(), light)
        self.assertEqual(self.find("#theme").text, "Dark theme")
        self.theme("light")
        self.find("#theme").click()
        self.assertEqual(background(), dark)
        for theme in ("light", "dark"):
            with self.subTest(theme=theme):
                self.js("document.documentElement.dataset.theme = arguments[0]", theme)
                self.contrast("body", ".hint", 4.5)
                self.contrast("#overview", ".eyebrow", 4.5)
                for colour in ("--a", "--b", "--better", "--worse", "--accent"):
                    self.contrast("#overview", colour, 4.5)
                for engine in ("aot", "jit", "interpreter", "clang", "kernel", "dpdk", "pcap"):
                    self.contrast("#overview", f"e-{engine}", 3)

    def contrast(self, surface, what, least):
        """`what`: a selector, a custom property or an engine's class; against the background of `surface`."""
        ratio = self.js("""
            const [surface, what] = arguments;
            const probe = document.createElement("span");
            document.body.append(probe);
            probe.className = what.startsWith("e-") ? what : "";
            probe.style.setProperty("color", what.startsWith("--") ? `var(${what})` : what.startsWith("e-") ? "var(--c)" : "inherit");
            const of = (element, name) => getComputedStyle(element)[name].match(/[\\d.]+/g).slice(0, 3).map(Number);
            const color = what.startsWith(".") ? of(document.querySelector(what), "color") : of(probe, "color");
            const under = of(document.querySelector(surface), "backgroundColor");
            probe.remove();
            const light = (rgb) => rgb.map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
              .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
            const [x, y] = [light(color), light(under)].sort((a, b) => b - a);
            return (x + 0.05) / (y + 0.05);""", surface, what)
        self.assertGreaterEqual(ratio, least, f"{what} on {surface}")

    def test_sizes_and_pictures(self):
        for name in ("plain", "before", "hostile", "bare", "large", "empty"):
            self.open(name)
            for width in (1280, 400):
                for theme in ("light", "dark"):
                    with self.subTest(page=name, width=width, theme=theme):
                        self.screen(width, 900, theme)
                        self.browser.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
                        self.no_overflow()
                        if name in ("plain", "before"):
                            self.picture(f"{name}-{width}-{theme}")

    def test_narrow_page_can_be_used(self):
        self.screen(400, 800, "light")
        self.open("plain")
        self.program("dissect")
        self.point("bpf", 2)
        self.assertTrue(self.lit("c"))
        self.find("#table button[data-key=ratio]").click()
        self.no_overflow()

    # ---- what comes from outside

    def test_hostile_names_are_text(self):
        self.open("hostile")
        self.assertIsNone(self.js("return window.hit ?? null"))
        self.assertFalse(self.all("img, iframe, object, embed, link"))
        self.assertEqual(len(self.all("script")), 2)
        self.assertIn(HOSTILE, self.find("#headline").text)
        self.assertIn(HOSTILE, self.texts("#table tbody th")[0])
        self.assertIn(HOSTILE, self.texts("[data-pane=bpf] .text")[0])
        self.assertIn(HOSTILE, self.texts("#remarks .what")[0])
        self.find("#hot button").click()
        self.assertIn(HOSTILE, self.find("#detail").text)
        self.assertIsNone(self.js("return window.hit ?? null"))

    def test_the_policy_stops_what_would_be_asked_for(self):
        self.open("plain")
        refused = self.js("""
            const done = [];
            document.addEventListener("securitypolicyviolation", (event) => done.push(event.effectiveDirective));
            const image = new Image();
            image.src = "http://127.0.0.1:9/x";
            const script = document.createElement("script");
            script.textContent = "window.hit = 1";
            document.body.append(image, script);
            return fetch("http://127.0.0.1:9/y").catch(() => new Promise((resolve) => setTimeout(() => resolve(done), 50)));""")
        self.assertEqual(sorted(refused), ["connect-src", "img-src", "script-src-elem"])
        self.assertIsNone(self.js("return window.hit ?? null"))
        self.browser.get_log("browser")  # the refusals, which were wanted
        self.browser.get_log("performance")
        self.browser.get("about:blank")

    def test_next_to_nothing(self):
        for name in ("bare", "empty"):
            with self.subTest(page=name):
                self.open(name)
                self.assertTrue(self.find("#headline").text)
        self.open("bare")
        for program in range(3):
            self.choose("#program", str(program))
            variants = len(Select(self.find("#variant-a")).options)
            for variant in range(variants):
                self.choose("#variant-a", str(variant))
                for cost in ("executed", "cycles", "static"):
                    self.choose("#cost", cost)

    def test_long_programs_are_shown_in_part(self):
        self.open("large")
        self.choose("#program", "0")
        self.assertEqual(self.js("return document.querySelector('[data-pane=a] .lines').clientHeight"), 8000 * 20)
        self.assertLess(len(self.all(".panes .line")), 400)
        self.point("a", 7777)
        bpf = 7777 * 5000 // 8000
        self.assertEqual(self.lit("bpf"), [bpf])
        self.assertEqual(len(self.lit("c")), 1)
        self.assertLess(len(self.all(".panes .line")), 400)
        rows = len(self.all("#table tbody tr"))
        self.find("#table .show-all").click()
        self.assertEqual(len(self.all("#table tbody tr")), 20 * 12)
        self.assertLess(rows, 20 * 12)


if __name__ == "__main__":
    if not CHROMIUM or not DRIVER:
        print(f"skipped: {'chromium' if not CHROMIUM else 'chromium-driver'} is not installed")
        sys.exit(SKIP)
    unittest.main(verbosity=2)
