// What the page holds. Series are [county, year, scenario, run] or, of the province, [year, scenario, run], in single
// precision as in the results; medians, bands and paired differences are taken here.

const study = JSON.parse(document.getElementById("study").textContent);
const years = study.years, scenarios = study.scenarios, counties = study.counties;
const compared = counties.map((county, row) => row).filter(row => counties[row].compared);
const first = years[0], last = years.length - 1;

/** The numbers of a packed array: base64, deflated, the four bytes of a number in four planes. */
async function unpacked(text) {
  const letters = atob(text), bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const planes = new Uint8Array(await new Response(stream).arrayBuffer());
  const count = planes.length / 4, out = new Uint8Array(planes.length);
  for (let plane = 0; plane < 4; plane++) {
    for (let i = 0; i < count; i++) out[4 * i + plane] = planes[plane * count + i];
  }
  return new Float32Array(out.buffer);
}

/** Unpack every array of the study, once. */
async function unpackAll() {
  const holders = [...Object.values(study.series), ...study.accounts, ...study.causes.tables];
  await Promise.all(holders.map(async holder => { holder.values = await unpacked(holder.data); delete holder.data; }));
  const shared = study.provisions?.data ?? {};
  for (const name of Object.keys(shared)) shared[name] = await unpacked(shared[name]);
  for (const key of Object.keys(study.flows)) study.flows[key] = await unpacked(study.flows[key]);
}

/** The runs of a series in a year and scenario; `county` is null for the province. Unknown ones are NaN. */
function runsOf(name, county, year, scenario) {
  const series = study.series[name], runs = study.runs.kept;
  const cell = (series.by_county ? county * years.length + year : year) * scenarios.length + scenario;
  return series.values.subarray(cell * runs, (cell + 1) * runs);
}

const known = values => Array.from(values).filter(Number.isFinite);
const ascending = (a, b) => a - b;

/** How many runs lie beyond a band at either end: a tenth of them, at least one (order statistics). */
const beyond = n => Math.max(1, Math.floor(0.1 * (n + 1)));

/** Median and band of values; the band of n values is their kth from either end and holds 1 - 2k/(n+1) of the runs. */
function banded(values) {
  const sorted = known(values).sort(ascending), n = sorted.length;
  if (!n) return {n, middle: NaN, low: NaN, high: NaN};
  const middle = (sorted[(n - 1) >> 1] + sorted[n >> 1]) / 2;
  return {n, middle, low: n > 1 ? sorted[beyond(n) - 1] : NaN, high: n > 1 ? sorted[n - beyond(n)] : NaN};
}

/** The share of new runs that a band of n runs holds, in whole percent, as in the report; 0 of fewer than nine: their range. */
const shareOf = n => n < 9 ? 0 : Math.round(100 * (n + 1 - 2 * beyond(n)) / (n + 1));

const level = (name, county, year, scenario) => banded(runsOf(name, county, year, scenario));

/** Scenario less reference over the runs that share draw and seed and are known in both: median and band, and each pair's
    difference in percent of its reference (`relative`), as in the report. */
function effect(name, county, year, scenario, reference) {
  const one = runsOf(name, county, year, scenario), other = runsOf(name, county, year, reference);
  const apart = [], relative = [];
  let base = 0, lower = 0, equal = 0;
  for (let run = 0; run < one.length; run++) {
    const difference = one[run] - other[run];
    if (!Number.isFinite(difference)) continue;
    apart.push(difference);
    relative.push(difference === 0 ? 0 : 100 * difference / Math.abs(other[run]));
    base += other[run]; lower += difference < 0; equal += difference === 0;
  }
  const n = apart.length;
  return {...banded(apart), relative, base: n ? base / n : NaN, lower, equal, higher: n - lower - equal};
}

/** Zero where a difference is no more than the rounding of single precision. */
const calm = (difference, base) => Math.abs(difference) < 1e-6 * Math.abs(base) ? 0 : difference;

/** Observed values of a series, [year, value, trust]; none where nothing is known. */
function observations(name, county) {
  const past = study.series[name].past;
  return past[study.series[name].by_county ? county : ""] ?? [];
}
const TRUST = ["observed", "derived", "imputed"];

/** A part of an account in a year and scenario: [part, county, year, scenario]. */
function accounted(account, part, county, year, scenario) {
  return account.values[((part * counties.length + county) * years.length + year) * scenarios.length + scenario];
}
