/* Keys of the whole page, the theme, and what is open at first. */
const THEMES = ['system', 'light', 'dark'];

function setTheme(name) {
	if (name === 'system')
		document.documentElement.removeAttribute('data-theme');
	else
		document.documentElement.setAttribute('data-theme', name);
	byId('theme').textContent = 'Theme: ' + name;
	drawTimeline();
}

function pageKey(ev) {
	const typing = ev.target.matches('input, select, textarea');
	if (ev.ctrlKey || ev.metaKey || ev.altKey)
		return;
	if (ev.key === 'Escape') {
		clearFilter();
	} else if (ev.key === '/' && !typing) {
		ev.preventDefault();
		byId('search').focus();
	} else if ((ev.key === 'n' || ev.key === 'p') && !typing) {
		moveToBad(ev.key === 'n' ? 1 : -1);
	} else if ((ev.key === 'ArrowDown' || ev.key === 'Enter') && ev.target === byId('search')) {
		ev.preventDefault();
		byId('list').focus();
		move(0);
	}
}

/* The scenario that the address names, else the first that failed. */
function firstRow() {
	let name = '';
	try {
		name = decodeURIComponent(location.hash.slice(1));
	} catch (e) { /* not an address that this page wrote */ }
	return rows.find((r) => name && r.id === name) || rows.find(isBad) || rows[0];
}

function startPage() {
	makeFilter();
	makeTimeline();
	makeList();
	applyFilter();
	if (rows.length)
		select(firstRow());
	document.addEventListener('keydown', pageKey);
	byId('theme').addEventListener('click', () => {
		const now = document.documentElement.getAttribute('data-theme') || 'system';
		setTheme(THEMES[(THEMES.indexOf(now) + 1) % THEMES.length]);
	});
	window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawTimeline);
	window.addEventListener('resize', drawList);
	window.addEventListener('hashchange', () => select(firstRow()));
	performance.mark('ready');
	document.documentElement.setAttribute('data-ready', '1');
}
startPage();
