/* Scenarios and their steps over time. Each had a sandbox of its own; those that never overlap share a
 * row, so that there are as many rows as sandboxes ran at a time. */
const view = { from: 0, to: 1, lane: 14, lanes: 0, end: 1 };
const AXIS = 18;
let laid = []; /* rows with a start, by start */

function layTimeline() {
	const free = []; /* when each lane is free again */
	laid = rows.filter((r) => r.start !== null).sort((a, b) => a.start - b.start || a.i - b.i);
	for (const r of laid) {
		let lane = free.findIndex((t) => t <= r.start);
		if (lane < 0)
			lane = free.push(0) - 1;
		free[lane] = r.start + r.ms;
		r.lane = lane;
		view.end = Math.max(view.end, r.start + r.ms);
	}
	view.lanes = free.length;
	view.to = view.end;
	view.lane = Math.max(5, Math.min(18, Math.floor(260 / Math.max(1, view.lanes))));
}

const place = (t, width) => (t - view.from) / (view.to - view.from) * width;

function drawAxis(g, width, colour) {
	const span = view.to - view.from;
	const step = Math.pow(10, Math.floor(Math.log10(span / 4)));
	g.fillStyle = colour('--muted');
	g.font = '11px system-ui, sans-serif';
	for (let t = Math.ceil(view.from / step) * step, last = -1e9; t <= view.to; t += step) {
		const x = place(t, width);
		if (x - last < 70)
			continue;
		last = x;
		g.fillText(ms(t), x + 2, 12);
		g.fillRect(x, 0, 1, AXIS);
	}
}

function drawTimeline() {
	if (!laid.length)
		return;
	const canvas = byId('canvas'), width = byId('timeline-box').clientWidth, height = AXIS + view.lanes * view.lane;
	const scale = window.devicePixelRatio || 1, style = getComputedStyle(document.documentElement);
	const known = new Map();
	const colour = (name) => {
		if (!known.has(name))
			known.set(name, style.getPropertyValue(name).trim());
		return known.get(name);
	};
	canvas.width = Math.max(1, Math.floor(width * scale));
	canvas.height = Math.floor(height * scale);
	canvas.style.height = height + 'px';
	const g = canvas.getContext('2d');
	g.scale(scale, scale);
	drawAxis(g, width, colour);
	const on = shown.length === rows.length ? null : new Set(shown);
	for (const r of laid) {
		const x0 = place(r.start, width), x1 = place(r.start + r.ms, width), y = AXIS + r.lane * view.lane;
		if (x1 < 0 || x0 > width)
			continue;
		g.globalAlpha = on && !on.has(r) ? 0.2 : 1;
		g.fillStyle = colour('--' + r.verdict);
		g.fillRect(x0, y + 1, Math.max(1, x1 - x0), view.lane - 2);
		if (x1 - x0 > 12)
			drawSteps(g, r, y, width, colour);
		if (r === current) {
			g.strokeStyle = colour('--focus');
			g.lineWidth = 2;
			g.strokeRect(x0 - 1, y, Math.max(3, x1 - x0 + 2), view.lane);
		}
	}
	g.globalAlpha = 1;
}

function drawSteps(g, r, y, width, colour) {
	for (let k = 0; k < r.steps.length; k += 3) {
		const x0 = place(r.start + r.steps[k], width), x1 = place(r.start + r.steps[k] + r.steps[k + 1], width);
		g.fillStyle = VERDICTS[r.steps[k + 2]] === 'pass' ? colour('--step') : colour('--bg');
		g.fillRect(x0 + 0.5, y + view.lane / 2, Math.max(0.5, x1 - x0 - 1), view.lane / 2 - 2);
	}
}

function zoom(factor, at) {
	const span = Math.min(view.end, Math.max(0.01, (view.to - view.from) * factor));
	const share = (at - view.from) / (view.to - view.from);
	view.from = Math.max(0, Math.min(view.end - span, at - share * span));
	view.to = view.from + span;
	drawTimeline();
}

function pan(share) {
	const span = view.to - view.from;
	view.from = Math.max(0, Math.min(view.end - span, view.from + share * span));
	view.to = view.from + span;
	drawTimeline();
}

function showInTimeline(row) {
	if (row.start === null || !laid.length)
		return;
	if (row.start > view.to || row.start + row.ms < view.from) {
		const span = view.to - view.from;
		view.from = Math.max(0, Math.min(view.end - span, row.start - span / 2));
		view.to = view.from + span;
	}
	under(row);
	drawTimeline();
}

function under(row) {
	byId('under').textContent = row ? visible(row.id) + ': ' + WORDS[row.verdict] + ', began at ' + ms(row.start) + ', took ' + ms(row.ms) : '';
}

/* The row of the index at a point of the canvas, or null. */
function hit(ev) {
	const box = byId('canvas').getBoundingClientRect();
	const lane = Math.floor((ev.clientY - box.top - AXIS) / view.lane);
	const t = view.from + (ev.clientX - box.left) / box.width * (view.to - view.from), near = (view.to - view.from) / box.width * 3;
	return laid.find((r) => r.lane === lane && r.start - near <= t && t <= r.start + r.ms + near) || null;
}

function timelineKey(ev) {
	const middle = (view.from + view.to) / 2;
	const acts = {
		'+': () => zoom(0.5, middle), '=': () => zoom(0.5, middle), '-': () => zoom(2, middle),
		0: () => zoom(Infinity, middle), ArrowLeft: () => pan(-0.2), ArrowRight: () => pan(0.2),
		Enter: () => {
			const near = laid.reduce((a, b) => (Math.abs(b.start + b.ms / 2 - middle) < Math.abs(a.start + a.ms / 2 - middle) ? b : a));
			select(near);
		},
	};
	if (!(ev.key in acts) || ev.ctrlKey || ev.metaKey || ev.altKey)
		return;
	ev.preventDefault();
	acts[ev.key]();
}

function makeTimeline() {
	layTimeline();
	const box = byId('timeline-box'), canvas = byId('canvas');
	if (!laid.length) {
		byId('timeline').replaceChildren(el('h2', {}, 'Timeline'), el('p', { class: 'muted' }, 'Nothing here ran at a known time.'));
		return;
	}
	box.setAttribute('aria-label', 'Timeline of ' + laid.length + ' scenarios in ' + view.lanes + ' rows over ' + ms(view.end));
	canvas.addEventListener('click', (ev) => {
		const row = hit(ev);
		if (row)
			select(row);
	});
	canvas.addEventListener('mousemove', (ev) => under(hit(ev) || current));
	canvas.addEventListener('wheel', (ev) => {
		if (!ev.ctrlKey && !ev.shiftKey)
			return; /* the page scrolls */
		ev.preventDefault();
		const rect = canvas.getBoundingClientRect();
		zoom(ev.deltaY > 0 ? 1.25 : 0.8, view.from + (ev.clientX - rect.left) / rect.width * (view.to - view.from));
	}, { passive: false });
	box.addEventListener('keydown', timelineKey);
	window.addEventListener('resize', drawTimeline);
}
