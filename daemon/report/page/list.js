/* The list has elements for the rows that can be seen alone. */
const ROW = 30;
let current = null; /* the row that is open */
const drawn = new Map(); /* row.i -> element */

function rowElement(row, at) {
	const e = el('div', { class: 'row', role: 'option', id: 'row-' + row.i, 'aria-posinset': at + 1, 'aria-setsize': shown.length,
		'aria-selected': String(row === current) },
		el('span', { class: 'verdict ' + row.verdict }, WORDS[row.verdict]),
		el('span', { class: 'name' }, visible(row.id) + (row.quarantined ? ' (quarantined)' : row.flaky ? ' (flaky)' : '')),
		el('span', { class: 'time' }, row.cached ? 'cached' : ms(row.ms)));
	e.style.top = at * ROW + 'px';
	e.addEventListener('click', () => select(row));
	return e;
}

function drawList() {
	const list = byId('list'), space = byId('space');
	const from = Math.max(0, Math.floor(list.scrollTop / ROW) - 5);
	const to = Math.min(shown.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + 5);
	const keep = new Set();
	for (let at = from; at < to; at++)
		keep.add(shown[at].i);
	for (const [i, e] of drawn)
		if (!keep.has(i)) {
			e.remove();
			drawn.delete(i);
		}
	for (let at = from; at < to; at++) {
		const row = shown[at];
		if (drawn.has(row.i))
			continue;
		const e = rowElement(row, at);
		drawn.set(row.i, e);
		space.append(e);
	}
	const open = current && drawn.has(current.i);
	if (open)
		list.setAttribute('aria-activedescendant', 'row-' + current.i);
	else
		list.removeAttribute('aria-activedescendant');
}

function listChanged() {
	drawn.clear();
	byId('space').replaceChildren();
	byId('space').style.height = shown.length * ROW + 'px';
	byId('list').scrollTop = 0;
	if (current && shown.includes(current))
		scrollTo(current);
	drawList();
}

function scrollTo(row) {
	const list = byId('list'), top = shown.indexOf(row) * ROW;
	if (top < list.scrollTop)
		list.scrollTop = top;
	else if (top + ROW > list.scrollTop + list.clientHeight)
		list.scrollTop = top + ROW - list.clientHeight;
}

function select(row) {
	const before = current;
	current = row;
	scrollTo(row);
	drawList();
	for (const r of [before, row])
		if (r && drawn.has(r.i))
			drawn.get(r.i).setAttribute('aria-selected', String(r === current));
	showDetail(row);
	showInTimeline(row);
	try {
		history.replaceState(null, '', '#' + encodeURIComponent(row.id));
	} catch (e) { /* a page in a frame may have no address to change */ }
}

function move(by) {
	if (!shown.length)
		return;
	const at = current ? shown.indexOf(current) : -1;
	const to = at < 0 ? 0 : Math.max(0, Math.min(shown.length - 1, at + by));
	select(shown[to]);
}

/* The next or previous one that failed, round the end. */
function moveToBad(by) {
	const n = shown.length, at = current ? shown.indexOf(current) : by > 0 ? -1 : 0;
	for (let k = 1; k <= n; k++) {
		const row = shown[(((at + by * k) % n) + n) % n];
		if (isBad(row))
			return select(row);
	}
}

function makeList() {
	const list = byId('list');
	list.addEventListener('scroll', drawList, { passive: true });
	list.addEventListener('keydown', (ev) => {
		const page = Math.max(1, Math.floor(list.clientHeight / ROW) - 1);
		const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
		if (!(ev.key in moves))
			return;
		ev.preventDefault();
		move(moves[ev.key]);
	});
}
