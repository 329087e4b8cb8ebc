'use strict';
/* What the file holds: an index of all scenarios, which is read at once, and their details in parts,
 * which are read when one of them is opened. Everything that came from a test is put into the page as
 * text, never as markup. */
const byId = (id) => document.getElementById(id);
const index = JSON.parse(byId('index').textContent);
const VERDICTS = ['pass', 'skip', 'fake_green', 'fail', 'error'];
const WORDS = { pass: 'pass', skip: 'skip', fake_green: 'fake green', fail: 'fail', error: 'error' };

/* Positions in a row of the index (daemon/report/page.c). */
const rows = index.rows.map((r, i) => {
	const test = index.tests[r[0]];
	return {
		i, test, id: r[1], name: r[2], line: r[3], verdict: VERDICTS[r[4]], reason: r[5],
		flaky: (r[6] & 1) !== 0, cached: (r[6] & 2) !== 0, quarantined: (r[6] & 4) !== 0, start: r[7], ms: r[8],
		tags: r[9].map((t) => index.tags[t]), message: r[10], steps: r[11],
		text: [r[1], test.file, r[5], r[10], r[9].map((t) => index.tags[t]).join(' ')].join('\n').toLowerCase(),
	};
});
const isBad = (row) => row.verdict === 'fail' || row.verdict === 'error' || row.verdict === 'fake_green';

const parts = new Map();
function detailOf(row) {
	const n = Math.floor(row.i / index.part_size);
	if (!parts.has(n))
		parts.set(n, JSON.parse(byId('part-' + n).textContent));
	return parts.get(n)[row.i % index.part_size];
}
let receipts = null;
function receiptOf(n) {
	if (n === null)
		return null;
	if (!receipts)
		receipts = JSON.parse(byId('receipts').textContent);
	return receipts[n];
}

function el(tag, attributes, ...children) {
	const e = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes || {}))
		if (value !== null && value !== undefined)
			e.setAttribute(name, value);
	for (const c of children)
		if (c !== null && c !== undefined)
			e.append(c);
	return e;
}

function ms(v) {
	if (v === null || v === undefined)
		return '-';
	if (v < 1000)
		return (v < 100 ? v.toFixed(1) : v.toFixed(0)) + ' ms';
	return v < 120000 ? (v / 1000).toFixed(2) + ' s' : (v / 60000).toFixed(1) + ' min';
}
function bytes(n) {
	return n < 1024 ? n + ' bytes' : n < 1048576 ? (n / 1024).toFixed(1) + ' KiB' : (n / 1048576).toFixed(1) + ' MiB';
}
/* As a terminal would not show it: colour is left out, other control characters become visible, and
 * what turns the direction of text around is named. */
function visible(s) {
	return s.replace(/\x1b\[[0-9;:]*m/g, '')
		.replace(/[\x00-\x08\x0b-\x1f]/g, (c) => '^' + String.fromCharCode(c.charCodeAt(0) + 64))
		.replace(/\x7f/g, '^?')
		.replace(/[\x80-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
			(c) => '<U+' + c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0') + '>');
}
