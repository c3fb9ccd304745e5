// Language, numbers, units.

let language = study.language;

/** A text of the page in the language chosen, with its places filled. */
function say(key, values = {}) {
  const text = study.words[key][language === "zh" ? 1 : 0];
  return text.replace(/\{(\w+)\}/g, (whole, name) => name in values ? values[name] : whole);
}

const titleOf = scenario => scenarios[scenario][language] || scenarios[scenario].name;
const nameOf = county => counties[county][language];
const separator = () => language === "zh" ? "：" : ": ";
const listed = words => words.join(language === "zh" ? "、" : ", ");

const formats = new Map(); // making one costs more than a hundred uses of it
function written(value, options) {
  const key = Object.values(options).join();
  if (!formats.has(key)) formats.set(key, new Intl.NumberFormat("en-US", options));
  return formats.get(key).format(value);
}

/** A number with four significant digits at least (or others), grouped, with a real minus; a dash where there is none. */
function number(value, signed = false, significant = 4) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const digits = size === 0 ? 0 : Math.min(8, Math.max(0, significant - 1 - Math.floor(Math.log10(size))));
  const text = written(size, {minimumFractionDigits: digits, maximumFractionDigits: digits});
  const sign = !/[1-9]/.test(text) ? "" : value < 0 ? "−" : signed && value > 0 ? "+" : "";
  return sign + text;
}

/** Persons, whole. */
const whole = (value, signed = false) => Number.isFinite(value) ? number(Math.round(value), signed, 1) : "–";

/** A short number, for axes. */
function short(value) {
  const text = written(Math.abs(value), {maximumSignificantDigits: 4});
  return (value < 0 ? "−" : "") + text;
}

const factorOf = unit => study.units[unit][language][0];
const unitOf = unit => study.units[unit][language][1];

/** A value of a unit with its words: 287.3 thousand persons. */
function measured(value, unit, signed = false) {
  const words = unitOf(unit), text = number(value * factorOf(unit), signed);
  if (!words || !Number.isFinite(value)) return text;
  return text + (words.startsWith("%") || language === "zh" && !/^[A-Za-z0-9]/.test(words) ? "" : " ") + words;
}

/** A difference in percent of the reference, the median over the pairs, where that says something beside the unit. */
function percentOf(found, unit) {
  const share = banded(found.relative).middle;
  return unitOf(unit).startsWith("%") || !Number.isFinite(share) ? "" : inPercent(share);
}

const inPercent = share => `${number(share, true, 3)}${language === "zh" ? "%" : " %"}`;

/** What the band of n runs is, in words. */
function bandWords(n, kinds = ["band_none", "band_range", "band_share"]) {
  const share = n > 1 ? shareOf(n) : 0;
  return say(kinds[n < 2 ? 0 : share ? 2 : 1], {n, share});
}

/** From low to high, as they stand; nothing where there is no interval. */
const between = (low, high, signed = false, significant = 4) => Number.isFinite(low)
  ? `${number(low, signed, significant)}${language === "zh" ? "～" : " to "}${number(high, signed, significant)}` : "";
const fromTo = (low, high, unit) => between(low * factorOf(unit), high * factorOf(unit));

/** Sentences one after the other, each with its end. */
const sentences = texts => texts.filter(Boolean).map(text => text[0].toUpperCase() + text.slice(1)).map(text => /[.。]$/.test(text) ? text : text + (language === "zh" ? "。" : "."))
  .join(language === "zh" ? "" : " ");
