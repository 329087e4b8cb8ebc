#!/usr/bin/python3
"""page.py FILE PLAIN LARGE PROFILE - drives the HTML report FILE (of report_page.sh) and two with ten thousand
scenarios: PLAIN of one that prints little, LARGE of those of FILE."""
import os, sys, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from browser import Browser

checks = 0


def same(got, want):
    global checks
    assert got == want, f"got {got!r}, expected {want!r}"
    checks += 1


def shown(b):
    return b.js("return document.getElementById('shown').textContent")


def current(b):
    return b.js("const r = document.querySelector('.row[aria-selected=true] .name'); return r && r.textContent")


def load(b, path, anchor=""):
    b.open("about:blank")
    b.requests()
    b.said()
    b.open("file://" + path + anchor)
    b.until("return document.documentElement.dataset.ready")


def asks_for_nothing(b, path):
    load(b, path)
    # Everything unfolded, every scenario opened.
    b.js("for (const r of rows) { select(r); for (let n = 0; n < 3; n++) document.querySelectorAll('details').forEach((d) => { d.open = true; d.dispatchEvent(new Event('toggle')); }); }")
    same([u.split("#")[0] for u, blocked in b.requests()], ["file://" + path])
    same(b.said(), [])
    same(b.js("return window.stolen === undefined && document.querySelectorAll('script').length"), 4)
    same(b.js("return document.querySelectorAll('b, i, img, iframe, a, link').length"), 0)
    # The policy holds: what a test might have got into the page would not run, nor fetch.
    b.js("const s = document.createElement('script'); s.textContent = 'window.stolen = 1'; document.body.append(s);"
         "const i = document.createElement('img'); i.src = 'http://127.0.0.1:9/x.png'; document.body.append(i);")
    same(b.js("return window.stolen === undefined"), True)
    refused = b.until("return 1") and b.said()
    same(any("script-src" in m for m in refused) and any("img-src" in m or "default-src" in m for m in refused), True)
    same(b.requests(), [("http://127.0.0.1:9/x.png", True)])


def searches_and_filters(b, path):
    load(b, path)
    same(shown(b), "6 of 6 scenarios")
    b.keys("/", "REFUND")
    same(shown(b), "1 of 6 scenarios")
    b.keys("Escape")
    same(shown(b), "6 of 6 scenarios")
    b.keys(" status")  # of a failure
    same(shown(b), "2 of 6 scenarios")
    b.keys("Escape")
    b.js("document.querySelector('[data-verdict=fail]').click()")
    same(shown(b), "2 of 6 scenarios")
    b.js("document.querySelector('[data-verdict=skip]').click()")
    same(shown(b), "3 of 6 scenarios")
    b.js("clearFilter(); const t = document.getElementById('tag'); t.value = 'slow'; t.dispatchEvent(new Event('change'))")
    same(shown(b), "2 of 6 scenarios")
    b.js("clearFilter(); const t = document.getElementById('order'); t.value = 'slow'; t.dispatchEvent(new Event('change'))")
    same(b.js("return document.querySelector('.row .name').textContent"), "shop/slowest")


def shows_output_receipts_and_history(b, path):
    load(b, path, "#shop%2Fhostile")
    same(current(b), "shop/hostile")
    same(b.js("return document.querySelectorAll('#detail pre').length") > 2, True)
    same("exit status 3, expected 0" in b.js("return document.getElementById('detail').textContent"), True)
    text = b.js("return document.querySelector('#detail pre[aria-label=stdout]').textContent")
    for part in "</script><script>window.stolen = 1</script>", "^A", "<U+202E>", "\ufffd", "red":
        same(part in text, True)
    same("\x1b" in text or "[31m" in text, False)
    load(b, path, "#shop%2Frefund")
    # Output is not in the page before its part is opened.
    same(b.js("return document.getElementById('detail').textContent.includes('printed by refund')"), False)
    b.js("document.querySelectorAll('#detail details').forEach((d) => { d.open = true })")
    b.until("return [...document.querySelectorAll('#detail summary')].some((s) => s.textContent.startsWith('stdout'))")
    b.js("document.querySelectorAll('#detail details').forEach((d) => { d.open = true })")
    b.until("return document.getElementById('detail').textContent.includes('printed by refund')")
    b.until("return document.getElementById('detail').textContent.includes('namespaces')")
    same(b.js("return document.querySelectorAll('#history rect').length"), 2)
    same(b.js("return document.querySelectorAll('#history tbody tr').length"), 2)
    same(b.js("return document.querySelector('#history svg').getAttribute('aria-label').startsWith('Durations of the last 2 runs')"), True)


def draws_a_timeline(b, path):
    load(b, path)
    ink = "const c = document.getElementById('canvas'), d = c.getContext('2d').getImageData(0, 18 * devicePixelRatio, c.width, c.height - 18 * devicePixelRatio).data;" \
          "let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n"
    all_of_it = b.js(ink)
    same(all_of_it > 500, True)
    same(b.js("return laid.length"), 5)
    same(b.js("return laid.every((a) => laid.every((c) => a === c || a.lane !== c.lane || a.start >= c.start + c.ms || c.start >= a.start + a.ms))"), True)
    b.js("document.getElementById('timeline-box').focus()")
    b.keys("+", "+", "Right")
    same(b.js("return view.to - view.from < view.end / 3 && view.from > 0"), True)
    b.keys("0")
    same(b.js("return view.from === 0 && view.to === view.end"), True)
    b.keys("Enter")
    same(b.js("return current !== null && document.getElementById('under').textContent.startsWith(current.id)"), True)
    # A click opens what is there.
    b.js("const r = laid[laid.length - 1], c = document.getElementById('canvas').getBoundingClientRect();"
         "const x = c.left + place(r.start + r.ms / 2, c.width), y = c.top + 18 + r.lane * view.lane + 3;"
         "document.getElementById('canvas').dispatchEvent(new MouseEvent('click', { clientX: x, clientY: y, bubbles: true }))")
    same(b.js("return current.id === laid[laid.length - 1].id"), True)


def works_from_the_keyboard(b, path):
    load(b, path)
    same(current(b), b.js("return rows.find(isBad).id"))
    b.js("document.getElementById('list').focus()")
    b.keys("Home")
    first = current(b)
    b.keys("Down")
    same(current(b) != first, True)
    b.keys("Up")
    same(current(b), first)
    b.keys("End")
    same(current(b), b.js("return rows[rows.length - 1].id"))
    b.keys("n")
    same(b.js("return isBad(current)"), True)
    bad = current(b)
    b.keys("n")
    same(current(b) != bad and b.js("return isBad(current)"), True)
    b.keys("p")
    same(current(b), bad)
    same(b.js("return document.getElementById('list').getAttribute('aria-activedescendant') === 'row-' + current.i"), True)
    # From the search into the list, and with Tab through all that can be used, in the order of the page.
    b.keys("/", "Down")
    same(b.js("return document.activeElement.id"), "list")
    b.js("document.getElementById('theme').focus()")
    met = []
    for _ in range(9):
        b.keys("Tab")
        met.append(b.js("const e = document.activeElement; return e.id || e.dataset.verdict || e.tagName"))
    same(met, ["search", "fail", "skip", "pass", "tag", "order", "reset", "timeline-box", "list"])
    b.keys("Tab")
    same(b.js("return document.getElementById('detail').contains(document.activeElement)"), True)


def names_what_can_be_used(b, path):
    load(b, path)
    nodes = b.cdp("Accessibility.getFullAXTree")["nodes"]
    used = {"button", "searchbox", "combobox", "listbox", "option", "textbox", "image", "DisclosureTriangle", "region", "group", "search"}
    for n in nodes:
        if n.get("ignored") or n["role"]["value"] not in used:
            continue
        focusable = any(p["name"] == "focusable" for p in n.get("properties", []))
        if n["role"]["value"] in ("group", "image") and not focusable:
            continue
        assert n.get("name", {}).get("value"), f"a {n['role']['value']} without a name"
    roles = [n["role"]["value"] for n in nodes if not n.get("ignored")]
    same({"listbox", "option", "searchbox", "main", "search", "heading"} <= set(roles), True)
    same(b.js("return [...document.querySelectorAll('.row')].every((r) => r.getAttribute('aria-setsize') === '6')"), True)


CONTRAST = """
const lum = (c) => { const [r, g, b] = c.match(/[0-9.]+/g).slice(0, 3).map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4); }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const behind = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!/rgba\\(.*, 0\\)|transparent/.test(c)) return c; } return 'rgb(255, 255, 255)'; };
return [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility() && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
	.map((e) => { const a = lum(getComputedStyle(e).color), b = lum(behind(e)); return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.tagName + '.' + e.className]; })
	.filter((x) => x[0] < 4.5);
"""


def is_readable_in_light_and_dark(b, path):
    backgrounds = set()
    for scheme in "light", "dark":
        b.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        load(b, path)
        same(b.js(CONTRAST), [])
        backgrounds.add(b.js("return getComputedStyle(document.body).backgroundColor"))
    same(len(backgrounds), 2)
    # The button decides against the system.
    dark = b.js("return getComputedStyle(document.body).backgroundColor")
    b.js("document.getElementById('theme').click()")
    same(b.js("return document.getElementById('theme').textContent"), "Theme: light")
    same(b.js("return getComputedStyle(document.body).backgroundColor") != dark, True)
    same(b.js(CONTRAST), [])
    b.cdp("Emulation.setEmulatedMedia", features=[])


def holds_ten_thousand(b, path):
    load(b, path)
    same(shown(b), "10000 of 10000 scenarios")
    same(b.js("return document.querySelectorAll('.row').length < 60 && document.querySelectorAll('*').length < 600"), True)
    same(b.js("return parts.size"), 1)  # only that of the scenario that is open
    opened = b.js("return performance.getEntriesByName('ready')[0].startTime")
    took = b.js("const t = performance.now(), s = document.getElementById('search'); s.value = 'refund 77';"
                "s.dispatchEvent(new Event('input')); document.body.offsetHeight; return performance.now() - t")
    want = b.js("return rows.filter((r) => r.text.includes('refund') && r.text.includes('77')).length")
    same(shown(b), f"{want} of 10000 scenarios")
    b.keys("Escape")
    b.js("document.getElementById('list').focus()")
    b.keys("End")
    same(current(b), b.js("return rows[9999].id"))
    same(b.js("return document.querySelectorAll('.row').length < 60 && parts.size === 2"), True)
    print(f"figure: 10,000 scenarios, {os.path.getsize(path) >> 20} MiB: ready after {opened:.0f} ms, filtered in {took:.0f} ms")


def main():
    small, plain, large, profile = sys.argv[1:]
    b = Browser(profile)
    try:
        for part in (asks_for_nothing, searches_and_filters, shows_output_receipts_and_history, draws_a_timeline,
                     works_from_the_keyboard, names_what_can_be_used, is_readable_in_light_and_dark):
            start = time.monotonic()
            part(b, small)
            print(f"{part.__name__} {time.monotonic() - start:.1f} s")
        holds_ten_thousand(b, plain)
        holds_ten_thousand(b, large)
        print(checks, "checks")
    finally:
        b.close()


main()
