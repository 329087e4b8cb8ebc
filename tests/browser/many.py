#!/usr/bin/python3
"""many.py FILE N - the HTML report FILE with its scenarios repeated until there are N, to stdout."""
import json, re, sys
text, n = open(sys.argv[1], encoding="utf-8").read(), int(sys.argv[2])
block = re.compile(r'<script type="application/json" id="([^"]+)">(.*?)</script>\n', re.S)
data = {name: json.loads(body) for name, body in block.findall(text)}
index = data["index"]
rows, details = index["rows"], [d for k in sorted((k for k in data if k.startswith("part-")), key=lambda k: int(k[5:])) for d in data[k]]
out_rows, out_details = [], []
for i in range(n):
    row = list(rows[i % len(rows)])
    row[1], row[2] = f"{row[1]} {i}", f"{row[2]} {i}"
    row[7] = row[7] if row[7] is None else row[7] + i // len(rows) * 40
    out_rows.append(row)
    out_details.append(details[i % len(rows)])
index["rows"] = out_rows
size = index["part_size"]
blocks = {"index": index, **{f"part-{k}": out_details[k * size:(k + 1) * size] for k in range((n + size - 1) // size)}, "receipts": data["receipts"]}
at = text.index('<script type="application/json"')
end = text.rindex("<script>")
sys.stdout.write(text[:at])
for name, value in blocks.items():
    sys.stdout.write(f'<script type="application/json" id="{name}">{json.dumps(value).replace("<", chr(92) + "u003c")}</script>\n')
sys.stdout.write(text[end:])
