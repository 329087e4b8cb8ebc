/* Which scenarios are shown, and in which order. */
const chosen = { words: [], verdicts: new Set(), tag: '', order: 'plan' };
let shown = rows;

const ORDERS = {
	plan: (a, b) => a.i - b.i,
	slow: (a, b) => b.ms - a.ms || a.i - b.i,
	start: (a, b) => (a.start === null) - (b.start === null) || a.start - b.start || a.i - b.i,
	name: (a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.i - b.i),
};

function wanted(row) {
	if (chosen.verdicts.size && !chosen.verdicts.has(row.verdict))
		return false;
	if (chosen.tag && !row.tags.includes(chosen.tag))
		return false;
	return chosen.words.every((w) => row.text.includes(w));
}

function applyFilter() {
	chosen.words = byId('search').value.toLowerCase().split(/\s+/).filter((w) => w);
	chosen.tag = byId('tag').value;
	chosen.order = byId('order').value;
	shown = rows.filter(wanted);
	if (chosen.order !== 'plan')
		shown.sort(ORDERS[chosen.order]);
	byId('shown').textContent = shown.length + ' of ' + rows.length + ' scenarios';
	listChanged();
	drawTimeline();
}

function clearFilter() {
	byId('search').value = '';
	byId('tag').value = '';
	chosen.verdicts.clear();
	for (const b of byId('verdicts').children)
		b.setAttribute('aria-pressed', 'false');
	applyFilter();
}

function makeFilter() {
	for (const v of ['fail', 'error', 'fake_green', 'skip', 'pass']) {
		const n = rows.filter((r) => r.verdict === v).length;
		if (!n)
			continue;
		const b = el('button', { type: 'button', 'aria-pressed': 'false', class: v, 'data-verdict': v }, n + ' ' + WORDS[v]);
		b.addEventListener('click', () => {
			const on = !chosen.verdicts.has(v);
			chosen.verdicts[on ? 'add' : 'delete'](v);
			b.setAttribute('aria-pressed', String(on));
			applyFilter();
		});
		byId('verdicts').append(b);
	}
	for (const t of [...index.tags].sort())
		byId('tag').append(el('option', { value: t }, visible(t)));
	byId('search').addEventListener('input', applyFilter);
	byId('tag').addEventListener('change', applyFilter);
	byId('order').addEventListener('change', applyFilter);
	byId('reset').addEventListener('click', clearFilter);
}
