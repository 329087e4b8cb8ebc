/* One scenario, opened. Output is put in when its part is unfolded. */
function facts(pairs) {
	const dl = el('dl');
	for (const [name, value] of pairs)
		if (value !== null && value !== undefined && value !== '')
			dl.append(el('dt', {}, name), el('dd', {}, visible(String(value))));
	return dl;
}

function lazy(title, open, fill) {
	const d = el('details', {}, el('summary', {}, ...title));
	let filled = false;
	const unfold = () => {
		if (d.open && !filled) {
			filled = true;
			d.append(...fill());
		}
	};
	d.addEventListener('toggle', unfold);
	if (open) {
		d.open = true;
		unfold();
	}
	return d;
}

function textBlock(label, text) {
	return [el('p', { class: 'muted' }, label), el('pre', { tabindex: 0, 'aria-label': label }, visible(text))];
}

function showFailure(f) {
	const box = el('div', { class: 'failure' }, el('p', {}, el('strong', {}, visible(f.message || f.code || ''))));
	box.append(facts([['step', f.step], ['check', f.assertion], ['at', f.file ? f.file + ':' + f.line : null], ['hint', f.hint]]));
	for (const [label, text] of [['expected', f.expected], ['actual', f.actual], ['diff', f.diff]])
		if (text)
			box.append(...textBlock(label, text));
	return box;
}

function stream(name, s, open) {
	if (!s || !s.bytes)
		return null;
	return lazy([name + ', ' + bytes(s.bytes) + (s.cut ? ', cut' : '')], open,
		() => [el('pre', { tabindex: 0, 'aria-label': name }, visible(s.text))]);
}

function stepResult(step) {
	if (!step.ran)
		return 'did not run';
	return step.signal ? 'signal ' + step.signal : step.exit_code === null ? '' : 'exit ' + step.exit_code;
}

function showStep(step, open) {
	const title = [el('span', { class: 'verdict ' + VERDICTS[step.verdict] }, WORDS[VERDICTS[step.verdict]]), ' ',
		visible(step.name) + (step.phase ? ' (' + step.phase + ')' : ''), el('span', { class: 'muted' }, '  ' + stepResult(step) + '  ' + ms(step.ms))];
	return lazy(title, open, () => [
		el('pre', { tabindex: 0, 'aria-label': 'command' }, visible(step.command)),
		...step.failures.map(showFailure), stream('stdout', step.out, open), stream('stderr', step.err, open),
		facts([['line', step.line], ['reason', step.reason], ['started', ms(step.start)], ['user, system', ms(step.user) + ', ' + ms(step.system)],
			['memory', step.rss ? bytes(step.rss) : null]]),
	].filter((x) => x));
}

function showReceipt(detail) {
	const r = receiptOf(detail.receipt);
	if (!r)
		return null;
	return lazy(['Receipt: what isolated it'], false, () => {
		const degraded = r.degraded.map((d) => d.what + ': wanted ' + d.wanted + ', got ' + d.got).join('; ');
		return [facts([['sandbox', detail.sandbox], ['pristine', r.pristine ? 'yes' : 'no'], ['engine', r.engine], ['mode', r.mode],
			['isolation', r.profile], ['namespaces', r.namespaces.join(' ')], ['uid map', r.uid_map],
			['no new privileges', r.no_new_privs ? 'yes' : 'no'], ['capabilities', r.capabilities.join(' ') || 'none'],
			['seccomp', r.seccomp_sha256], ['network', r.network], ['image', r.image], ['image digest', r.image_digest],
			['prepared', r.prepared ? r.prepared_as + ' ' + r.prepared : null],
			['limits', Object.entries(r.limits).map(([k, v]) => k + '=' + v).join(' ')], ['degraded', degraded]])];
	});
}

/* Bars, oldest first, the last one is this run; the same as a table for who sees no bars. */
function showHistory(row, detail) {
	const past = detail.past.map((p) => ({ ms: p[1], verdict: VERDICTS[p[2]], run: p[3], at: new Date(p[0]) }));
	if (!past.length)
		return null;
	past.push({ ms: row.ms, verdict: row.verdict, run: index.run.id, at: null });
	const most = Math.max(...past.map((p) => p.ms), 0.001), ns = 'http://www.w3.org/2000/svg';
	const svg = document.createElementNS(ns, 'svg');
	svg.setAttribute('class', 'bars');
	svg.setAttribute('viewBox', '0 0 ' + past.length * 10 + ' 60');
	svg.setAttribute('preserveAspectRatio', 'none');
	svg.setAttribute('role', 'img');
	svg.setAttribute('aria-label', 'Durations of the last ' + past.length + ' runs, at most ' + ms(most));
	past.forEach((p, i) => {
		const bar = document.createElementNS(ns, 'rect'), h = Math.max(1, p.ms / most * 58);
		for (const [k, v] of [['x', i * 10 + 1], ['y', 60 - h], ['width', 8], ['height', h], ['class', p.verdict]])
			bar.setAttribute(k, v);
		const title = document.createElementNS(ns, 'title');
		title.textContent = p.run + ': ' + WORDS[p.verdict] + ', ' + ms(p.ms);
		bar.append(title);
		svg.append(bar);
	});
	const body = el('tbody');
	for (const p of [...past].reverse())
		body.append(el('tr', {}, el('td', {}, p.run), el('td', {}, p.at ? p.at.toLocaleString() : 'this run'), el('td', {}, WORDS[p.verdict]), el('td', {}, ms(p.ms))));
	const head = el('thead', {}, el('tr', {}, ...['run', 'began', 'verdict', 'duration'].map((h) => el('th', { scope: 'col' }, h))));
	return el('div', { id: 'history' }, el('h3', {}, 'Duration in past runs'), svg, lazy(['as a table'], false, () => [el('table', {}, head, body)]));
}

function showDetail(row) {
	const d = detailOf(row), box = byId('detail');
	const said = new Set(d.steps.flatMap((s) => s.failures.map((f) => f.message)));
	const rest = d.failures.filter((f) => !said.has(f.message));
	box.replaceChildren(
		el('h2', {}, el('span', { class: 'verdict ' + row.verdict }, WORDS[row.verdict]), ' ' + visible(row.id)),
		facts([['file', row.test.file + ':' + row.line], ['test', row.test.description], ['reason', row.reason], ['because', d.because],
			['took', row.cached ? null : ms(row.ms)], ['waited', row.start === null ? null : ms(d.queued)],
			['cached', row.cached ? 'yes' + (d.cached_from ? ', from run ' + d.cached_from : '') : null],
			['quarantine', d.quarantine], ['flaky', row.flaky ? 'passed on attempt ' + d.attempts : null],
			...d.before.map((m, i) => ['attempt ' + (i + 1), m]), ['tags', row.tags.join(', ')],
			['matrix', row.test.matrix], ['again', d.again]]));
	box.append(...rest.map(showFailure));
	if (d.steps.length)
		box.append(el('h3', {}, 'Steps'), ...d.steps.map((s) => showStep(s, s.failures.length > 0)));
	for (const f of d.findings)
		box.append(el('p', {}, el('strong', {}, 'finding '), visible(f.kind + ': ' + f.message)));
	if (d.artifacts.length)
		box.append(el('h3', {}, 'Kept files'), facts(d.artifacts.map((a) => [a.name, a.bytes + ' bytes, sha256 ' + a.sha256])));
	for (const part of [showHistory(row, d), showReceipt(d)])
		if (part)
			box.append(part);
	box.scrollTop = 0;
}
